"""Comparing drawings: what may differ, and what may not."""

import pytest

from prunebench.report.figures.redrawn import alike, is_foreign, maker, signed

PAGE = "<p>97.31</p><svg data-maker={maker}><text>97.31</text><path d='M 10.25 7'/></svg><p>b</p>"


def page(maker=maker(), **changes):  # noqa: B008 - a constant of this machine
    """Give the page with some texts replaced."""
    text = PAGE.replace("{maker}", f'"{maker}"')
    for old, new in changes.values():
        text = text.replace(old, new, 1)
    return text


def test_equal_texts_are_alike():
    """Nothing differs."""
    assert alike(page(), page())
    assert alike("", "")


@pytest.mark.parametrize(("place", "same"), [("10.29", True), ("10.21", True), ("10.31", False)])
def test_places_may_differ_by_what_nobody_sees(place, same):
    """A twentieth of a point, no more."""
    assert alike(page(a=("10.25", place)), page()) is same


@pytest.mark.parametrize(
    "change",
    [
        ("<p>97.31", "<p>97.32"),
        ("<text>97.31", "<text>87.31"),
        ("<text>97", "<text>x97"),
        ("</svg>", "</svg><svg></svg>"),
        ("<p>b", "<p>c"),
    ],
)
def test_what_is_said_may_not_differ(change):
    """Not in the page, not in the words of a drawing, not in how many drawings there are."""
    assert not alike(page(a=change), page())


def test_another_release_draws_as_it_likes():
    """Only the drawing is passed over; the page around it is not."""
    foreign = page("matplotlib 0.1", a=("<text>97.31", "<text>other"))

    assert alike(foreign, page())
    assert not alike(foreign.replace("<p>b", "<p>c"), page())


def test_a_signed_drawing_names_its_maker():
    """What is drawn here is compared here."""
    drawing = signed('<svg width="1"></svg>')

    assert maker() in drawing
    assert not is_foreign(drawing)
    assert is_foreign(drawing.replace(maker(), "matplotlib 0.1"))
