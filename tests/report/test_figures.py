from xml.etree import ElementTree

import pytest

from prunebench.report.accuracy_figure import accuracy_figures, make_plot
from prunebench.report.drawing import COLOURS, DASHES, MARKERS, inline, pen
from prunebench.report.layer_figure import layer_figure
from prunebench.report.learning_figure import average, few, learning_figure

SVG = "{http://www.w3.org/2000/svg}"
ODD = "a$x_1$ <b>&amp; \x00\u202e漢 ]]> --> \"'"


def words(svg):
    """Give the texts of an SVG document, which must be well-formed."""
    root = ElementTree.fromstring(svg[svg.index("<svg") :])
    return ["".join(node.itertext()).strip() for node in root.iter(f"{SVG}text")]


@pytest.fixture
def rows(make_row, make_dense):
    """Give two methods at three densities under two protocols with two seeds, with curves."""
    pruned = [
        make_row(
            method=method,
            target=f"{density:g}",
            density=density,
            protocol=protocol,
            seed=seed,
            epochs=1.0,
            test_accuracy_last=0.9 - 0.02 / density + 0.01 * seed,
            layer_densities={"conv1": density, "fc": density / 2},
            curve={"step": [10.0, 20.0], "validation_accuracy": [0.5, 0.9 - 0.1 * seed]},
        )
        for method in ("magnitude", "obd")
        for density in (0.5, 0.25, 0.1)
        for protocol in ("finetune", "ticket")
        for seed in (0, 1)
    ]
    return [*pruned, make_dense(test_accuracy_last=0.93)]


def all_figures(grid):
    """Draw everything there is to draw."""
    drawn = [*accuracy_figures(grid, "s"), learning_figure(grid, "s"), layer_figure(grid, "s")]
    return [drawing for drawing in drawn if drawing]


def test_axes_and_lines_are_named(rows, make_grid):
    """Units stand on the axes; every method and protocol is in each accuracy figure."""
    by_method, by_protocol, learning, layers = all_figures(make_grid(rows))

    for figure in (by_method, by_protocol):
        assert {"magnitude", "obd", "finetune", "ticket", "dense"} <= set(words(figure.svg))
        assert {"prunable weights remaining (%)", "test accuracy (%)"} <= set(words(figure.svg))
        assert {"50", "25", "12.5"} <= set(words(figure.svg))
    assert {"retraining step", "validation accuracy (%)"} <= set(words(learning.svg))
    assert {"target 0.5", "target 0.1"} <= set(words(learning.svg))
    assert {"conv1", "fc", "kept (%)", "12.5", "5"} <= set(words(layers.svg))
    assert [f.name for f in (by_method, by_protocol, learning, layers)] == [
        "s-by-method",
        "s-by-protocol",
        "s-learning",
        "s-layers",
    ]


def test_the_same_numbers_give_the_same_bytes(rows, make_grid):
    """No date, no random ids: a committed figure changes only with its numbers."""
    once, again = (all_figures(make_grid(rows)) for _ in range(2))

    assert once == again


def test_names_of_strangers_stay_text(make_row, make_grid):
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
        texts = words(figure.svg)

        assert any("a$x_1$ <b>&amp; " in text for text in texts)
        assert "<b>" not in figure.svg
        assert "\x00" not in figure.svg


def test_one_method_needs_one_accuracy_figure(rows, make_grid):
    """A panel per protocol would only repeat it."""
    grid = make_grid([row for row in rows if row.method != "obd"])

    assert [figure.name for figure in accuracy_figures(grid, "s")] == ["s-by-method"]


def test_networks_that_were_not_retrained_do_not_flatten_the_rest(rows, make_row, make_grid):
    """The axis follows the retrained ones, and the caption names what lies below it."""
    chance = make_row(protocol="none", epochs=0.0, density=0.1, test_accuracy_last=0.1)
    plot = make_plot(make_grid([*rows, chance]))

    assert plot.limits == make_plot(make_grid(rows)).limits
    assert plot.left_out == ("none",)
    assert plot.limits[0] > 0.6
    assert (
        "below the axis, see the table: none."
        in accuracy_figures(make_grid([*rows, chance]), "s")[0].caption
    )


def test_without_retraining_at_all_the_rest_is_shown(make_row, make_grid):
    """If every network is as pruned, those are the ones to see."""
    rows = [make_row(epochs=0.0, test_accuracy_last=a, density=a) for a in (0.5, 0.4)]

    assert make_plot(make_grid(rows)).left_out == ()


def test_nothing_measured_nothing_drawn(make_row, make_dense, make_grid):
    """Failed trials and dense networks alone leave no empty figures."""
    assert all_figures(make_grid([make_row(status="failed")])) == []
    assert all_figures(make_grid([make_dense(test_accuracy_last=0.9)])) == []


def test_curves_are_averaged_over_seeds_at_common_steps(make_row):
    """Draws first, then seeds; a step that one seed lacks would make a jump; None is a gap."""
    rows = [
        make_row(seed=0, draw=0, curve={"step": [1, 2, 3], "train_loss": [1.0, 2.0, 9.0]}),
        make_row(seed=0, draw=1, curve={"step": [1, 2, 3], "train_loss": [3.0, 4.0, 9.0]}),
        make_row(seed=1, curve={"step": [1, 2, 3], "train_loss": [6.0, 7.0, None]}),
        make_row(seed=2, status="diverged", curve={"step": [1], "train_loss": [99.0]}),
    ]

    assert average(rows, "train_loss", 1.0) == {1: 4.0, 2: 5.0}
    assert average(rows, "validation_accuracy", 1.0) == {}


def test_of_many_targets_three_are_drawn(rows, make_row, make_grid):
    """The first, the middle and the last, and the caption says so."""
    curve = {"step": [1.0, 2.0], "validation_accuracy": [0.5, 0.6]}
    more = [make_row(density=d, target=f"{d}", curve=curve) for d in (0.05, 0.02)]
    grid = make_grid([*rows, *more])

    assert [e.target for e in few(grid.entries[:5])] == ["0.5", "0.1", "0.02"]
    assert "only the first, the middle and the last" in learning_figure(grid, "s").caption


def test_a_layer_that_a_method_lacks_is_left_blank(make_row, make_grid):
    """Methods may prune different layers; a blank is not 0 %."""
    rows = [
        make_row(method="a", layer_densities={"conv1": 0.5}),
        make_row(method="b", layer_densities={"conv2": 0.25}),
    ]
    texts = words(layer_figure(make_grid(rows), "s").svg)

    assert {"conv1", "conv2"} <= set(texts)
    assert texts.count("50") + texts.count("25") == 4  # two cells and two marks of the colour bar


def test_many_layers_are_drawn_small(make_row, make_grid):
    """A deep network's map becomes a picture in the SVG, without a number in each cell."""
    layers = {f"layer{n}.conv": n / 300 for n in range(1, 260)}
    rows = [make_row(density=d / 10, target=f"{d}", layer_densities=layers) for d in range(1, 9)]
    svg = layer_figure(make_grid(rows), "s").svg

    assert "<image" in svg
    assert len(svg) < 200_000


def test_lines_differ_in_more_than_colour():
    """The first seven lines differ in colour, marker and dashes taken together for ever."""
    looks = {pen(n) for n in range(len(COLOURS) * len(DASHES) * len(MARKERS))}

    assert len(looks) == len(COLOURS) * len(DASHES) * len(MARKERS)
    assert len({pen(n).marker for n in range(7)}) == 7


def test_ids_are_unique_on_a_page(rows, make_grid):
    """Two figures in one page share no id, and every reference is resolved."""
    one, two = all_figures(make_grid(rows))[:2]
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
