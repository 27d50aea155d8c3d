"""An error in one line, whatever it is."""

import traceback

from prunebench.errors import PrunebenchError

REASON_LETTERS = 500


def reason_of(error: BaseException) -> str:
    r"""Give an exception's class and text as one line; its ``__str__`` may itself fail.

    >>> reason_of(ValueError("two\nlines"))
    'ValueError: two lines'
    """
    if isinstance(error, SyntaxError):  # Python's own form begins with the line of code
        text = f"{type(error).__name__}: {error}"
    else:
        text = "".join(traceback.format_exception_only(error))
    text = " ".join(text.split())
    name, colon, rest = text.partition(":")
    text = name.rpartition(".")[2] + colon + rest
    return text if len(text) <= REASON_LETTERS else f"{text[:REASON_LETTERS]}…"


def sentence_of(error: BaseException) -> str:
    """Give an error's text as one line, with its class where it is not one of prunebench's own.

    >>> sentence_of(PrunebenchError("it cannot be")), sentence_of(KeyError("a"))
    ('it cannot be', "KeyError: 'a'")
    """
    reason = reason_of(error)
    return reason.partition(": ")[2] if isinstance(error, PrunebenchError) else reason
