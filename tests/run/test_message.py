"""Messages as lines, and errors as messages."""

import pytest

from prunebench.plugin.blame import Blame
from prunebench.plugin.reason import REASON_LETTERS
from prunebench.run.message import STORY_LETTERS, Message, failure, read_message


@pytest.mark.parametrize(
    "message",
    [Message("progress", "a", 3, 7), Message("failed", "", reason="é\n\u2028", story="a\r\nb")],
)
def test_a_message_is_one_line(message):
    """Whatever it says, it is one line and reads back equal."""
    line = message.line()

    assert line.endswith("\n")
    assert len(line.splitlines()) == 1
    assert read_message(line) == message


def test_endless_errors_are_cut():
    """The reason keeps its beginning, the story its end."""
    try:
        raise ValueError("x" * 100_000 + "end")
    except ValueError as error:
        told = failure("key", error, 2.0)

    assert told.reason == "ValueError: " + "x" * (REASON_LETTERS - 12) + "…"
    assert len(told.story) == STORY_LETTERS
    assert told.story.endswith("xend\n")
    assert (told.what, told.key, told.seconds) == ("failed", "key", 2.0)


def test_the_plugin_outlives_the_cut():
    """However long an error is, the reason ends with whose it is."""
    try:
        raise ValueError("x" * 100_000)
    except ValueError as error:
        told = failure("key", error, blame=Blame("plugin lamp of mine 1.0", "lamp"))

    assert told.plugin == "lamp"
    assert told.reason.endswith(
        "x… (plugin lamp of mine 1.0; the same command without it: prunebench --no-plugin lamp ...)"
    )
