"""Checks run one after another without pytest, and what became of each."""

import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Literal, TypeAlias

from prunebench.errors import DataError, PrunebenchError
from prunebench.testing.check import Check
from prunebench.testing.claim import InapplicableError
from prunebench.testing.expected import surprise

Word: TypeAlias = Literal["passed", "failed", "expected", "skipped"]
"""What becomes of a check; ``"expected"``: it fails, as its plugin says and says why."""

WORDS: tuple[Word, ...] = ("passed", "failed", "expected", "skipped")


@dataclass(frozen=True)
class Outcome:
    """What became of one check.

    Parameters
    ----------
    item, check
        Of whom, and which.
    word
        See `Word`.
    seconds
        How long it took.
    message
        Why it failed, was expected to, or was skipped; empty if it passed.
    story
        The traceback of a failure.
    """

    item: str
    check: str
    word: Word
    seconds: float
    message: str = ""
    story: str = ""


def run_checks(
    checks: Iterable[Check], hear: Callable[[Outcome], None] = lambda _outcome: None
) -> tuple[Outcome, ...]:
    """Run checks; `hear` is told of each as it ends."""
    outcomes = []
    for check in checks:
        outcomes.append(outcome_of(check))
        hear(outcomes[-1])
    return tuple(outcomes)


def outcome_of(check: Check) -> Outcome:
    """Run one check."""
    began = perf_counter()
    word, message, story = ran(check)
    return Outcome(check.subject, check.name, word, perf_counter() - began, message, story)


def ran(check: Check) -> tuple[Word, str, str]:
    """Run one check; gives what became of it, why, and a failure's traceback."""
    try:
        check()
    except (DataError, InapplicableError) as error:
        return "skipped", str(error), ""
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a stranger's code raises
        if check.reason:
            return "expected", check.reason, ""
        return "failed", sentence(error), "".join(traceback.format_exception(error))
    return ("failed", surprise(check), "") if check.reason else ("passed", "", "")


def sentence(error: BaseException) -> str:
    """Say in one sentence what was raised, and where, if it was no claim."""
    if isinstance(error, PrunebenchError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    return f"raises {type(error).__name__}: {error}{place}; --debug shows the traceback."


def counted(outcomes: Sequence[Outcome]) -> dict[Word, int]:
    """Count the outcomes of each kind."""
    return {word: sum(outcome.word == word for outcome in outcomes) for word in WORDS}
