"""What an executor says of a task; one line of JSON where it comes from another process."""

import json
import traceback
from dataclasses import asdict, dataclass
from typing import Literal

from prunebench.plugin.blame import Blame
from prunebench.plugin.reason import reason_of

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
    plugin
        For ``"failed"``: what leaves out the plugin whose code failed; empty if none did.
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
    plugin: str = ""

    def line(self) -> str:
        """Write the message as one line."""
        return json.dumps(asdict(self)) + "\n"


def read_message(line: str) -> Message:
    """Read a message; the inverse of `Message.line`."""
    return Message(**json.loads(line))


def failure(
    key: str, error: BaseException, seconds: float = 0.0, blame: Blame | None = None
) -> Message:
    """Tell of the exception that is being handled; endless texts are cut, the plugin stays."""
    reason = reason_of(error) + (f" {blame.note()}" if blame else "")
    story = traceback.format_exc()[-STORY_LETTERS:]
    plugin = "" if blame is None else blame.name
    return Message("failed", key, seconds=seconds, reason=reason, story=story, plugin=plugin)
