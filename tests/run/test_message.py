"""Messages as lines, and errors as messages."""

import pytest

from prunebench.run.message import (
    REASON_LETTERS,
    STORY_LETTERS,
    Message,
    failure,
    read_message,
    reason_of,
)


class UnprintableError(Exception):
    """Cannot even say what is wrong."""

    def __str__(self):
        raise RuntimeError


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


def test_errors_that_cannot_be_printed():
    """An exception whose text raises still has a reason with its class."""
    assert reason_of(UnprintableError()).startswith("UnprintableError: <exception str() failed>")
    assert reason_of(SystemExit(3)) == "SystemExit: 3"
    assert reason_of(KeyError()) == "KeyError"
