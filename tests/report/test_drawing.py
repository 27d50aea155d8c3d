from xml.etree import ElementTree

from prunebench.report.drawing import COLOURS, DASHES, MARKERS, inline, panels, pen, style
from prunebench.report.render import draw_section
from prunebench.report.view import make_section

ODD = "a$x_1$ <b>&amp; \x00\u202e漢 ]]> --> \"'"


def all_figures(grid):
    """Draw everything there is to draw."""
    return draw_section(make_section(grid, "s", {}))


def test_axes_and_lines_are_named(drawn_rows, make_grid, read_svg):
    """Units stand on the axes; every method and protocol is in each accuracy figure."""
    by_method, by_protocol, learning, layers = all_figures(make_grid(drawn_rows))

    for figure in (by_method, by_protocol):
        assert {"magnitude", "obd", "finetune", "ticket", "dense"} <= set(read_svg(figure.svg))
        assert {"prunable weights remaining (%)", "test accuracy (%)"} <= set(read_svg(figure.svg))
        assert {"50", "25", "12.5"} <= set(read_svg(figure.svg))
    assert {"retraining step", "validation accuracy (%)"} <= set(read_svg(learning.svg))
    assert {"target 0.5", "target 0.1"} <= set(read_svg(learning.svg))
    assert {"conv1", "fc", "kept (%)", "12.5", "5"} <= set(read_svg(layers.svg))
    assert [f.name for f in (by_method, by_protocol, learning, layers)] == [
        "s-by-method",
        "s-by-protocol",
        "s-learning",
        "s-layers",
    ]


def test_the_same_numbers_give_the_same_bytes(drawn_rows, make_grid):
    """No date, no random ids: a committed figure changes only with its numbers."""
    once, again = (all_figures(make_grid(drawn_rows)) for _ in range(2))

    assert once == again


def test_names_of_strangers_stay_text(make_row, make_grid, read_svg):
    """Dollars are no mathematics, brackets no markup; letters no font has are no error."""
    row = make_row(
        method=ODD,
        protocol=ODD,
        target=ODD,
        test_accuracy_last=0.9,
        layer_densities={ODD: 0.5},
        curve={"step": [1.0, 2.0], "train_loss": [1.0, 0.5]},
    )
    for figure in all_figures(make_grid([row])):
        texts = read_svg(figure.svg)

        assert any("a$x_1$ <b>&amp; " in text for text in texts)
        assert "<b>" not in figure.svg
        assert "\x00" not in figure.svg


def test_nothing_measured_nothing_drawn(make_row, make_dense, make_grid):
    """Failed trials and dense networks alone leave no empty figures."""
    assert all_figures(make_grid([make_row(status="failed")])) == []
    assert all_figures(make_grid([make_dense(test_accuracy_last=0.9)])) == []


def test_lines_differ_in_more_than_colour():
    """Colour, marker and dashes together repeat only after hundreds of lines."""
    looks = {pen(n) for n in range(len(COLOURS) * len(DASHES) * len(MARKERS))}

    assert len(looks) == len(COLOURS) * len(DASHES) * len(MARKERS)
    assert len({pen(n).marker for n in range(7)}) == 7


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
