"""Drawings: what is drawn where, and that it reads without colours or eyes."""

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from prunebench.leaderboard.pages.atlas import atlas
from prunebench.leaderboard.pages.drawings import accuracy_drawing, front_drawing
from prunebench.leaderboard.pages.marks import COLOURS, SHAPES, colour, dash, mark
from prunebench.leaderboard.pages.sparks import bar, curve


@pytest.fixture(scope="module")
def first(board):
    """Give the first board and where all lies."""
    return board.boards[0], atlas(board, {})


def test_every_method_and_compression_has_a_mark(first):
    """Five methods at three compressions are fifteen marks, and each says what it is."""
    tree = ElementTree.fromstring(accuracy_drawing(*first))
    titles = [title.text for title in tree.iter("title")]

    assert len(titles) == 5 * 3
    assert titles[0] == "l1filter at 2x: 95.95 %, n = 3, 95.45 to 96.45"
    assert tree.get("role") == "img"
    assert "5 methods" in tree.get("aria-label")


def test_compressions_stand_at_equal_distances(first):
    """2x, 4x and 8x are octaves."""
    tree = ElementTree.fromstring(accuracy_drawing(*first))
    line = next(path.get("d") for path in tree.iter("path") if path.get("class") == "line")
    across = [float(x) for x in re.findall(r"[ML]([\d.]+) ", line)]
    steps = [b - a for a, b in pairwise(across)]

    assert len(steps) == 2
    assert max(steps) - min(steps) <= 0.2


def test_a_board_without_numbers_has_no_drawing(first):
    """Nothing is drawn of nothing."""
    board, laid = first

    assert accuracy_drawing(replace(board, standings=()), laid) == ""
    assert front_drawing(replace(board.fronts[0], points=()), board, laid) == ""


def test_what_is_beaten_is_hollow(first):
    """Points that are not on the front are told apart by shape, not by colour."""
    board, laid = first
    tree = ElementTree.fromstring(front_drawing(board.fronts[0], board, laid))
    marks = [path.get("class") for path in tree.iter("path") if "mark" in path.get("class", "")]

    assert marks.count("mark") == sum(point.on_front for point in board.fronts[0].points)
    assert marks.count("mark hollow") == len(board.fronts[0].points) - marks.count("mark")


def test_a_strangers_name_is_escaped(first):
    """A method called like a tag stays text."""
    board, laid = first
    evil = "</title><script>alert(1)</script>"
    standing = replace(board.standings[0], method=evil)
    drawing = accuracy_drawing(replace(board, standings=(standing,)), laid)

    assert "<script" not in drawing
    assert evil in next(ElementTree.fromstring(drawing).iter("title")).text


def test_looks_do_not_repeat_soon():
    """56 methods differ in colour or shape, and lines of one colour in their dashes."""
    looks = {(colour(n), mark(n, 0, 0)) for n in range(COLOURS * len(SHAPES))}

    assert len(looks) == COLOURS * len(SHAPES)
    assert dash(0) != dash(COLOURS)


def test_a_learning_curve_breaks_where_there_is_no_number():
    """What is not finite is not drawn over; each line spans the height."""
    drawing = curve((0, 10, 20, 30), [(1.0, None, 2.0, 3.0), (None,) * 4])

    assert drawing.count("<path") == 1
    assert 'd="M3 61M172 32L257 3"' in drawing


def test_a_long_learning_curve_is_thinned():
    """A thousand evaluations are some twenty places, the last among them."""
    drawing = curve(tuple(range(1000)), [tuple(map(float, range(1000)))])

    assert drawing.count("L") <= 25
    assert "L257 3" in drawing


@pytest.mark.parametrize(("share", "width"), [(0.5, "30"), (1.5, "60"), (0.0, "0")])
def test_a_bar_is_as_wide_as_its_share(share, width):
    """Sixty units are the whole."""
    assert f"h{width}v8h-{width}z" in bar(share)
