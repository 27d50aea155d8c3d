"""Links: to other pages by relative paths, to other machines by http and https alone."""

from posixpath import dirname, relpath
from urllib.parse import urlsplit

LONGEST = 500
"""Letters of an address; longer ones are not linked."""


def web_address(text: str) -> str:
    """Give a text that is a web address as it is; empty for all else.

    >>> web_address("https://example.org/a?b=1"), web_address("javascript:alert(1)")
    ('https://example.org/a?b=1', '')
    """
    if len(text) > LONGEST or not text.isprintable() or " " in text or "\\" in text:
        return ""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return ""
    plain = parts.scheme in ("http", "https") and host and "@" not in parts.netloc
    return text if plain else ""


def relative(page: str, target: str) -> str:
    """Give the way from one file of the site to another, with a part of it after ``#``.

    >>> relative("boards/a.html", "methods/b.html#cost"), relative("boards/a.html", "index.html")
    ('../methods/b.html#cost', '../index.html')
    """
    path, mark, part = target.partition("#")
    way = relpath(path, dirname(page) or ".") if path else ""
    return f"{way}{mark}{part}"
