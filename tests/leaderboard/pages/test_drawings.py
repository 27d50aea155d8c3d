"""Drawings: what is drawn where, and that it reads without colours or eyes."""

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.leaderboard.pages.atlas import atlas
from prunebench.leaderboard.pages.drawings import accuracy_drawing, front_drawing
from prunebench.leaderboard.pages.ends import APART, ENOUGH, spread
from prunebench.leaderboard.pages.marks import COLOURS, SHAPES, colour, dash, mark, shapes
from prunebench.leaderboard.pages.sparks import bar, curve
from prunebench.leaderboard.pages.templating import assets


@pytest.fixture(scope="module")
def first(board):
    """Give the first board and where all lies."""
    return board.boards[0], atlas(board, {})


def test_every_method_and_compression_has_a_mark(first):
    """Four methods at three compressions are twelve marks, and each says what it is."""
    tree = ElementTree.fromstring(accuracy_drawing(*first))
    titles = [title.text for title in tree.iter("title")]

    assert len(titles) == 4 * 3
    assert titles[0] == "l1filter at 2x: 95.95 %, n = 3, 95.45 to 96.45"
    assert tree.get("role") == "img"
    assert "4 methods" in tree.get("aria-label")


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
    marks = [one.get("class") for one in tree.iter("use")]

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
    assert 'd="M3 61 M172 32l85-29"' in drawing


def test_a_long_learning_curve_is_thinned():
    """A thousand evaluations are some twenty places, the last among them."""
    drawing = curve(tuple(range(1000)), [tuple(map(float, range(1000)))])
    path = re.search(r'd="M3 61l([^"]+)"', drawing)[1]
    steps = [int(number) for number in re.findall(r"-?\d+", path)]

    assert len(steps) / 2 <= 20
    assert (3 + sum(steps[::2]), 61 + sum(steps[1::2])) == (257, 3)


@pytest.mark.parametrize(
    ("share", "step"), [(0.5, "k25"), (1.5, "k50"), (0.0, "k0"), (0.001, "k1"), (0.06, "k3")]
)
def test_a_bar_is_as_wide_as_its_share(share, step):
    """Fifty steps are the whole; what is kept at all is seen."""
    assert bar(share) == step


def test_every_bar_has_its_width():
    """The style sheet knows all steps, in percent."""
    style = assets()["assets/site.css"].decode()

    assert all(f".k{step} {{ --k: {2 * step}%; }}" in style for step in range(51))


def test_controls_are_thin_lines_without_marks(first):
    """They are drawn below the methods, and named by no label."""
    tree = ElementTree.fromstring(accuracy_drawing(*first))
    groups = [one for one in tree.iter("g") if "series" in one.get("class")]
    [control] = [one for one in groups if "control" in one.get("class")]

    assert groups[0] is control
    assert [part.get("class") for part in control] == ["line"]


def test_lines_are_named_at_their_ends(first):
    """Each method's name stands at the right, in the order of the last points."""
    tree = ElementTree.fromstring(accuracy_drawing(*first))
    names = [one for one in tree.iter("text") if one.get("class") == "name" and one.get("x") > "7"]
    ordered = sorted(names, key=lambda one: float(one.get("y")))

    assert [one.text for one in ordered] == ["magnitude", "l1filter", "obd[rate=0.1]", "synflow"]


def test_bands_are_for_ranked_methods(first):
    """A method without a rank has a line and no band."""
    board, laid = first
    apart = tuple(replace(one, rank=None) for one in board.standings)

    assert accuracy_drawing(board, laid).count('class="band"') == 4
    assert accuracy_drawing(replace(board, standings=apart), laid).count('class="band"') == 0


@given(st.lists(st.floats(12, 352), min_size=1, max_size=ENOUGH))
def test_names_do_not_cover_one_another(heights):
    """They stay in the frame, in their order, and apart by a line of text."""
    found = spread(sorted(heights), (12.0, 352.0))

    assert all(b - a >= APART - 1e-9 for a, b in pairwise(found))
    assert found[0] >= 12 - 1e-9
    assert found[-1] <= 352 + 1e-9


def test_shapes_are_on_the_page_once():
    """Marks refer to shapes by number, and there are as many."""
    tree = ElementTree.fromstring(shapes())

    assert [one.get("id") for one in tree.iter("path")] == [f"m{n}" for n in range(len(SHAPES))]
