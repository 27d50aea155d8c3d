import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prunebench.report.markdown import escape, fence
from prunebench.report.wording import printable

HOSTILE = [
    "<script>alert(1)</script>",
    "a|b\\|c\\\\|d",
    "`code` ``more``",
    "[text](javascript:alert(1)) ![x](y)",
    "**bold** _it_ ~~gone~~ $x$",
    "&lt;i&gt; &amp;",
    "two\nlines",
    "<!-- hidden",
    "| --- |",
]
TEXT = st.text(st.sampled_from("ab<>&|\\`*_~$[](){}#!-\n'\"=:;")) | st.sampled_from(HOSTILE)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT)
def test_a_table_cell_shows_the_text_itself(read_markdown, text):
    """An independent reader of Markdown gives back every character, and no markup."""
    page = read_markdown(f"| head |\n| --- |\n| x {escape(text)} x |\n")

    assert page.tables == [[["head"], [f"x {text} x"]]]
    assert set(page.tags) <= {"table", "thead", "tbody", "tr", "th", "td", "br"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("`~ab \n")))
def test_a_fence_cannot_be_closed_from_inside(read_markdown, text):
    """Whatever the command line held, it stays inside its block."""
    page = read_markdown(f"{fence(text)}sh\n{text}\n{fence(text)}\n\nafter\n")

    assert page.tags == ["pre", "code", "p"]
    assert page.text == f"{text}\n\nafter\n"


def test_control_characters_are_shown_as_boxes():
    """Nothing invisible survives: neither NUL nor a change of direction."""
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", printable("\x00\x1b[31m\u202eabc\r\n"))
