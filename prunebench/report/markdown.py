"""Text made harmless for Markdown."""

import re

MARKS = re.compile(r"([\\`*_{}\[\]#|~$!])")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escape(text: str) -> str:
    r"""Write a text so that Markdown shows it as it is, also inside a table.

    Marks get a backslash, angle brackets become entities, a line break becomes ``<br>``.

    >>> escape("a|b")
    'a\\|b'
    >>> escape("<i>")
    '&lt;i&gt;'
    """
    marked = MARKS.sub(r"\\\1", text)
    for mark, entity in ENTITIES.items():
        marked = marked.replace(mark, entity)
    return marked.replace("\n", "<br>")


def emphasis(text: str) -> str:
    r"""Write a text in italics; spaces at its ends, which would undo them, are left out.

    >>> emphasis("a*b "), emphasis(" ")
    ('*a\\*b*', '')
    """
    return f"*{escape(text.strip())}*" if text.strip() else ""


def fence(text: str) -> str:
    """Give a code fence that no line of the text can close.

    >>> fence("plain"), fence("a ``` b")
    ('```', '````')
    """
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)
