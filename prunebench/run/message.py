"""What an executor says of a task; one line of JSON where it comes from another process."""

import json
import traceback
from dataclasses import asdict, dataclass
from typing import Literal

REASON_LETTERS = 500
STORY_LETTERS = 20_000


@dataclass(frozen=True)
class Message:
    """What became of a task so far.

    Parameters
    ----------
    what
        ``"progress"``, ``"finished"`` or ``"failed"``; ``"warning"`` between a worker and its
        executor.
    key
        The task's; empty where a worker speaks of itself.
    done, total
        Training steps, for ``"progress"``.
    seconds
        Time it took.
    reused
        For ``"finished"``: whether another process had done it meanwhile.
    reason, story
        Last line and whole text of the error, for ``"failed"``; a warning's text.
    memory
        Largest size of the worker's own memory meanwhile, in bytes; 0 where nothing says.
    """

    what: Literal["progress", "finished", "failed", "warning"]
    key: str
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    reused: bool = False
    reason: str = ""
    story: str = ""
    memory: int = 0

    def line(self) -> str:
        """Write the message as one line."""
        return json.dumps(asdict(self)) + "\n"


def read_message(line: str) -> Message:
    """Read a message; the inverse of `Message.line`."""
    return Message(**json.loads(line))


def failure(key: str, error: BaseException, seconds: float = 0.0) -> Message:
    """Tell of the exception that is being handled; endless texts are cut."""
    reason = reason_of(error)
    story = traceback.format_exc()
    return Message("failed", key, seconds=seconds, reason=reason, story=story[-STORY_LETTERS:])


def reason_of(error: BaseException) -> str:
    r"""Give an exception's class and text as one line; its ``__str__`` may itself fail.

    >>> reason_of(ValueError("two\nlines"))
    'ValueError: two lines'
    """
    text = " ".join("".join(traceback.format_exception_only(error)).split())
    name, colon, rest = text.partition(":")
    text = name.rpartition(".")[2] + colon + rest
    return text if len(text) <= REASON_LETTERS else f"{text[:REASON_LETTERS]}…"
