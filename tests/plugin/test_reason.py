"""Errors in one line."""

import pytest

from prunebench.errors import SpecError
from prunebench.plugin.reason import REASON_LETTERS, reason_of, sentence_of


class UnprintableError(Exception):
    """Cannot even say what is wrong."""

    def __str__(self):
        raise RuntimeError


def test_errors_that_cannot_be_printed():
    """An exception whose text raises still has a reason with its class."""
    assert reason_of(UnprintableError()).startswith("UnprintableError: <exception str() failed>")
    assert reason_of(SystemExit(3)) == "SystemExit: 3"
    assert reason_of(KeyError()) == "KeyError"


def test_a_slip_of_syntax_begins_with_what_it_is():
    """The line of code, which Python prints first, is left to the traceback."""
    with pytest.raises(SyntaxError) as caught:
        compile("def", "lamp.py", "exec")

    assert reason_of(caught.value) == "SyntaxError: invalid syntax (lamp.py, line 1)"


def test_our_own_errors_are_sentences():
    """What prunebench says itself needs no class in front of it; other errors do."""
    assert sentence_of(SpecError("a: b\nc.")) == "a: b c."
    assert sentence_of(ValueError("a: b")) == "ValueError: a: b"
    assert len(sentence_of(SpecError("x" * 1000))) < REASON_LETTERS
