import re
from dataclasses import replace
from io import StringIO
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from jinja2 import DictLoader
from jinja2.exceptions import SecurityError
from matplotlib.colors import to_rgb

from prunebench.report.figures.drawing import (
    COLOURS,
    DASHES,
    MARKERS,
    add_legend,
    folded,
    panels,
    pen,
    settle,
    style,
)
from prunebench.report.figures.svg import inline
from prunebench.report.gallery import draw_section
from prunebench.report.pages import sandbox
from prunebench.report.view import make_section

ODD = "a$x_1$ <b>&amp; \x00\u202e漢 ]]> --> \"'"

SIGHTS = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""What linear RGB becomes: Machado, Oliveira & Fernandes 2009, severity 1."""


@pytest.fixture
def figures(drawn_rows, make_dense, make_grid):
    """Draw everything there is to draw of a run with validation and costs."""
    numbers = {
        "steps": 20,
        "selected_step": 10,
        "validation_loss": 0.5,
        "realised": False,
        "macs_dense": 1000,
        "macs_sparse": 300,
        "dense_macs": 100,
        "total_macs": 250,
    }
    rows = [replace(row, **numbers) for row in drawn_rows]
    control = {"method": "random-mask like obd", "control_of": "obd"}
    rows += [replace(row, **control) for row in rows if row.method == "obd"]
    return all_figures(make_grid(rows))


def all_figures(grid):
    """Draw everything there is to draw."""
    return draw_section(make_section(grid, "s", {}))


def linear(colour):
    """Undo the gamma of sRGB."""
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(colour, sight):
    """Give a colour as somebody sees it, in CIELAB under D65."""
    seen = np.clip(np.array(SIGHTS[sight]) @ linear(colour), 0, 1)
    xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]] @ seen
    ratio = xyz / [0.9505, 1.0, 1.089]
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_every_kind_of_figure_is_drawn(figures):
    """In the order in which they are read."""
    assert [figure.name for figure in figures] == [
        "s-by-method",
        "s-by-protocol",
        "s-differences",
        "s-controls",
        "s-cost",
        "s-early-stop",
        "s-learning",
        "s-layers",
    ]


def test_axes_and_lines_are_named(drawn_rows, make_grid, read_svg):
    """Units stand on the axes; every method and protocol is in each accuracy figure."""
    found = {figure.name: figure for figure in all_figures(make_grid(drawn_rows))}
    words = {name: set(read_svg(figure.svg)) for name, figure in found.items()}

    for name in ("s-by-method", "s-by-protocol"):
        assert {"magnitude", "obd", "finetune", "ticket", "dense"} <= words[name]
        assert {"prunable weights remaining (%)", "test accuracy (%)"} <= words[name]
        assert {"50", "25", "12.5"} <= words[name]
    assert {"retraining step", "validation accuracy (%)"} <= words["s-learning"]
    assert {"target 0.5", "target 0.1"} <= words["s-learning"]
    assert {"conv1", "fc", "kept (%)", "12.5", "5"} <= words["s-layers"]


def test_the_same_numbers_give_the_same_bytes(drawn_rows, make_grid):
    """No date, no random ids: a committed figure changes only with its numbers."""
    once, again = (all_figures(make_grid(drawn_rows)) for _ in range(2))

    assert once == again
    for form in ("svg", "pdf", "png"):
        assert once[0].in_form(form) == again[0].in_form(form)


def test_figures_come_in_other_forms(drawn_rows, make_grid):
    """A PDF with fonts that can be edited, a PNG at 200 dots per inch, and the SVG itself."""
    drawing = all_figures(make_grid(drawn_rows))[0]
    png = drawing.in_form("png")
    wide = int.from_bytes(png[16:20], "big")

    assert png.startswith(b"\x89PNG")
    assert wide == round(200 * drawing._figure.get_figwidth())
    assert drawing.in_form("pdf").startswith(b"%PDF")
    assert b"/Type3" not in drawing.in_form("pdf")
    assert b"Date" not in drawing.in_form("pdf")
    assert drawing.in_form("svg") == drawing.svg.encode()


def test_templates_of_strangers_do_not_reach_the_canvas(drawn_rows, make_grid):
    """It could write files anywhere; what a template may call only gives bytes back."""
    drawing = all_figures(make_grid(drawn_rows))[0]
    pages = sandbox("md", DictLoader({"page": "{{ d._figure.savefig('x') }}"}))

    assert set(vars(drawing)) == {"name", "title", "caption", "svg", "_figure"}
    assert all(isinstance(getattr(drawing, n), str) for n in ("name", "title", "caption", "svg"))
    with pytest.raises(SecurityError):
        pages.get_template("page").render(d=drawing)


def test_every_figure_has_a_text_alternative(figures):
    """The image has a name, its title; the caption describes it."""
    for figure in figures:
        root = ElementTree.fromstring(figure.svg[figure.svg.index("<svg") :])
        title, description = root[0], root[1]

        assert (root.get("role"), root.get("aria-label")) == ("img", figure.title)
        assert (title.tag, title.text) == ("{http://www.w3.org/2000/svg}title", figure.title)
        assert (description.tag, description.text) == (
            "{http://www.w3.org/2000/svg}desc",
            figure.caption,
        )
        assert len(figure.title) <= 120


def test_figures_need_nothing_from_elsewhere(figures):
    """No address but the names of the two vocabularies, no script, no style sheet of others."""
    for figure in figures:
        addresses = set(re.findall(r"https?://[^\"'<> ]+", figure.svg))
        links = re.findall(r'href="([^"]{0,30})', figure.svg)

        assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
        assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)
        assert "<script" not in figure.svg
        assert "@import" not in figure.svg


def test_names_of_strangers_stay_text(make_row, make_grid, read_svg):
    """Dollars are no mathematics, brackets no markup; letters no font has are no error."""
    row = make_row(
        method=ODD,
        protocol=ODD,
        target=ODD,
        density=0.5,
        test_accuracy_last=0.9,
        layer_densities={ODD: 0.5},
        curve={"step": [1.0, 2.0], "train_loss": [1.0, 0.5]},
        steps=2,
        selected_step=1,
        validation_loss=0.5,
        total_macs=2,
        dense_macs=1,
    )
    drawn = all_figures(make_grid([row, replace(row, method=f"{ODD}2", protocol=f"{ODD}3")]))

    assert len(drawn) == 6
    for figure in drawn:
        texts = read_svg(figure.svg)

        assert any("a$x_1$ <b>&amp; " in text for text in texts)
        assert "<b>" not in figure.svg
        assert "\x00" not in figure.svg
        assert figure.in_form("pdf")


def test_nothing_measured_nothing_drawn(make_row, make_dense, make_grid):
    """Failed trials and dense networks alone leave no empty figures."""
    assert all_figures(make_grid([make_row(status="failed")])) == []
    assert all_figures(make_grid([make_dense(test_accuracy_last=0.9)])) == []


def test_lines_differ_in_more_than_colour():
    """Colour, marker and dashes together repeat only after hundreds of lines."""
    looks = {pen(n) for n in range(len(COLOURS) * len(DASHES) * len(MARKERS))}

    assert len(looks) == len(COLOURS) * len(DASHES) * len(MARKERS)
    assert len({pen(n).marker for n in range(7)}) == 7


@pytest.mark.parametrize("colour", COLOURS)
def test_colours_stand_out_from_white(colour):
    """WCAG 2.1, 1.4.11: at least 3 : 1 for what is drawn."""
    luminance = linear(colour) @ [0.2126, 0.7152, 0.0722]

    assert 1.05 / (luminance + 0.05) >= 3.0


@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_are_told_apart_by_everybody(sight):
    """A difference of 10 in CIELAB is seen at a glance; these keep 15."""
    seen = [lab(colour, sight) for colour in COLOURS]

    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 15


def test_ids_are_unique_on_a_page(drawn_rows, make_grid):
    """Two figures in one page share no id, and every reference is resolved."""
    one, two = all_figures(make_grid(drawn_rows))[:2]
    trees = [ElementTree.fromstring(inline(d.svg, d.name)) for d in (one, two)]
    ids = [{n.get("id") for n in tree.iter() if n.get("id")} for tree in trees]
    links = {
        value.removeprefix("#")
        for node in trees[0].iter()
        for name, value in node.attrib.items()
        if name.endswith("href")
    }

    assert ids[0]
    assert not ids[0] & ids[1]
    assert links
    assert links <= ids[0]


def test_places_without_a_panel_stay_empty():
    """Five panels stand in two rows of three; four in two rows of two."""
    with style():
        five, axes = panels(list("abcde"))
        four, _ = panels(list("abcd"))

    assert [axis.get_title(loc="left") for axis in axes] == list("abcde")
    assert [axis.get_visible() for axis in five.axes] == [True] * 5 + [False]
    assert len(four.axes) == 4


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("magnitude", "magnitude"),
        ("magnitude[scope=global]", "magnitude\n[scope=global]"),
        ("a-method-of-many-letters", "a-method-of-man\ny-letters"),
        ("x" * 50, "x" * 15 + "\n" + "x" * 14 + "…"),
        ("a\nb", "a b"),
    ],
)
def test_titles_are_folded_once(label, text):
    """Two lines, broken where the label allows it; more is cut."""
    assert folded(label, 15) == text


def test_panels_share_one_legend():
    """A label of several panels is explained once, in the order asked for."""
    with style():
        figure, axes = panels(["a", "b"])
        axes[0].plot([1, 2], label="random")
        axes[1].plot([1, 2], label="random")
        axes[1].plot([1, 2], label="ticket")
        add_legend(figure, axes, ["ticket", "random"])
        bare, others = panels(["a"])
        add_legend(bare, others)

    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["ticket", "random"]
    assert bare.legends == []


@pytest.mark.parametrize("size", [1.0, 1e-9])
def test_to_settle_a_panel_changes_nothing_that_is_seen(size):
    """The same drawing, byte for byte; tiny numbers have an offset that a title makes room for."""
    pages = []
    for settled in (True, False):
        with style():
            figure, axes = panels(["a short title", "a title as long as any of them can be", "c"])
            for axis in axes:
                axis.plot([1, 2, 3], [size, 3 * size, 2 * size])
                if settled:
                    settle(axis)
            figure.get_layout_engine().execute(figure)
            page = StringIO()
            figure.savefig(page, format="svg", metadata={"Date": None})
        pages.append(page.getvalue())

    assert pages[0] == pages[1]
