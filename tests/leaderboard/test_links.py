"""Links to other pages and machines."""

import pytest

from prunebench.leaderboard.links import relative, web_address


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org",
        "http://example.org:8080/a?b=c#d",
        "https://doi.org/10.1000/182",
    ],
)
def test_a_web_address_is_linked(text):
    """It stays as it is."""
    assert web_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.org",
        "//example.org",
        "https:///path",
        "https://user:word@example.org",
        "https://exa mple.org",
        "https://example.org\\@evil.org",
        "java\nscript:alert(1)",
        "https://[broken",
        "https://example.org/" + "a" * 500,
    ],
)
def test_all_else_is_not(text):
    """Other schemes, addresses without a host, hidden letters and long ones are no links."""
    assert web_address(text) == ""


def test_ways_are_relative():
    """A page reaches any other without naming a machine or a root."""
    assert relative("index.html", "boards/a.html") == "boards/a.html"
    assert relative("trials/a/b.html", "index.html#boards") == "../../index.html#boards"
    assert relative("boards/a.html", "boards/a.html") == "a.html"
    assert relative("boards/a.html", "#here") == "#here"
