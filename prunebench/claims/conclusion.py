"""A claim's verdict from those of its tests."""

from collections.abc import Iterable, Sequence

from prunebench.claims.claim import Entry
from prunebench.claims.finding import Finding, Word, deciding

HELD: frozenset[Word] = frozenset({"CONFIRMED", "CONSISTENT"})

ORDER: tuple[Word, ...] = (
    "CONFIRMED",
    "CONSISTENT",
    "INCONCLUSIVE",
    "NOT RUN",
    "CONTRADICTED",
    "REFUTED",
)
"""From the best to the worst: of alternatives, the best counts."""


def concluded(entry: Entry, findings: Sequence[Finding]) -> tuple[Word, tuple[str, ...]]:
    """Put the verdicts of an entry's tests together, and say what must be said with the result."""
    rest = deciding(findings)
    if not rest and any(one.verdict == "REPORTED" for one in findings):
        return "REPORTED", (entry.note,) if entry.note else ()
    verdict, bars = together(one_each(rest)), failed_controls(findings)
    if verdict in HELD and bars:
        verdict = "INCONCLUSIVE"
    idle = sum(one.verdict == "NOT RUN" for one in rest)
    partly = f"{idle} of {len(rest)} deciding tests were not run" if 0 < idle < len(rest) else ""
    return verdict, tuple(said for said in (entry.note, *bars, partly) if said)


def one_each(findings: Iterable[Finding]) -> list[Word]:
    """Give one verdict per test, and one per set of alternatives: the best of them."""
    alone: list[Word] = []
    alternatives: dict[str, list[Word]] = {}
    for finding in findings:
        name = finding.test.one_of
        (alternatives.setdefault(name, []) if name else alone).append(finding.verdict)
    return [*alone, *(min(words, key=ORDER.index) for words in alternatives.values())]


def together(words: Sequence[Word]) -> Word:
    """Decide a claim from its deciding tests.

    Refuted or contradicted as soon as one is; confirmed if all are; consistent if all are one or
    the other; not run if none was.
    """
    for word in ("REFUTED", "CONTRADICTED"):
        if word in words:
            return word
    if all(word == "NOT RUN" for word in words):
        return "NOT RUN"
    if all(word == "CONFIRMED" for word in words):
        return "CONFIRMED"
    return "CONSISTENT" if HELD.issuperset(words) else "INCONCLUSIVE"


def failed_controls(findings: Sequence[Finding]) -> list[str]:
    """Say what it means that a control is not confirmed although its like are, or was not run."""
    said = []
    for control in findings:
        peers = [one for one in findings if is_peer(one, control)]
        if not control.test.otherwise or control.verdict in HELD:
            continue
        if control.verdict == "NOT RUN":
            said.append(f"its control was not run: {control.title}")
        elif peers and all(one.verdict in HELD for one in peers):
            said.append(control.test.otherwise)
    return list(dict.fromkeys(said))


def is_peer(one: Finding, control: Finding) -> bool:
    """Say whether a finding is what a control is held against: the same question, no control."""
    asked = (one.test.rule, one.test.quantity)
    return not one.test.otherwise and asked == (control.test.rule, control.test.quantity)
