from prunebench.report.figures.accuracy_figure import accuracy_figures, make_plot
from prunebench.report.figures.band import Band


def test_one_method_needs_one_accuracy_figure(drawn_rows, make_grid):
    """A panel per protocol would only repeat it."""
    grid = make_grid([row for row in drawn_rows if row.method != "obd"])

    assert [figure.name for figure in accuracy_figures(grid, "s")] == ["s-by-method"]


def test_networks_that_were_not_retrained_do_not_flatten_the_rest(drawn_rows, make_row, make_grid):
    """The axis follows the retrained ones, and the caption names what lies below it."""
    chance = make_row(protocol="none", epochs=0.0, density=0.1, test_accuracy_last=0.1)
    plot = make_plot(make_grid([*drawn_rows, chance]))

    assert plot.limits == make_plot(make_grid(drawn_rows)).limits
    assert plot.left_out == ("none",)
    assert plot.limits[0] > 60
    assert (
        "below the axis, see the table: none."
        in accuracy_figures(make_grid([*drawn_rows, chance]), "s")[0].caption
    )


def test_the_axis_holds_most_points_and_the_dense_line(make_row, make_dense, make_grid):
    """Poor networks are no reason to hide the dense line, nor more than a quarter of the points."""
    accuracies = (0.9, 0.4, 0.3, 0.2, 0.1)
    rows = [
        make_row(target=f"{a}", density=a, test_accuracy_last=a, epochs=1.0) for a in accuracies
    ]
    low, _ = make_plot(make_grid([*rows, make_dense(test_accuracy_last=0.15)])).limits

    assert 0 <= low < 15
    assert sum(100 * a < low for a in accuracies) <= len(accuracies) / 4


def test_without_retraining_at_all_the_rest_is_shown(make_row, make_grid):
    """If every network is as pruned, those are the ones to see."""
    rows = [make_row(epochs=0.0, test_accuracy_last=a, density=a) for a in (0.5, 0.4)]

    assert make_plot(make_grid(rows)).left_out == ()


def test_points_hold_percent_with_their_band(make_row, make_dense, make_grid):
    """90 and 92 % are 91 between them; the dense network's band is of the same kind."""
    rows = [make_row(seed=s, test_accuracy_last=a, epochs=1.0) for s, a in enumerate((0.9, 0.92))]
    dense = [make_dense(seed=s, test_accuracy_last=a) for s, a in enumerate((0.94, 0.98))]
    grid = make_grid([*rows, *dense])
    plot = make_plot(grid)
    (point,) = plot.points

    assert (point.accuracy, plot.dense) == (Band(91.0, 90.0, 92.0, 2), Band(96.0, 94.0, 98.0, 2))
    assert plot.limits[0] < 90
    assert plot.limits[1] > 98
    assert "from the smallest to the largest seed" in accuracy_figures(grid, "s")[0].caption


def test_five_seeds_have_intervals(make_row, make_grid):
    """The caption names the other kind of band."""
    rows = [make_row(seed=s, test_accuracy_last=0.9 + s / 1000) for s in range(5)]

    assert "95 % t interval" in accuracy_figures(make_grid(rows), "s")[0].caption


def test_of_many_methods_a_few_stand_out(make_row, make_grid, read_svg):
    """Twenty methods under one protocol: seven, seven and six in colour, the rest grey."""
    rows = [make_row(method=f"m{n:02}", test_accuracy_last=0.5 + n / 100) for n in range(20)]
    by_method, *converse = accuracy_figures(make_grid(rows), "s")
    named = [{word for word in read_svg(f.svg) if word[1:].isdigit()} for f in converse]
    named = [{word for word in words if word.startswith("m")} for words in named]

    assert [f.name for f in converse] == ["s-by-protocol", "s-by-protocol-2", "s-by-protocol-3"]
    assert [len(words) for words in named] == [7, 7, 6]
    assert len(set.union(*named)) == 20
    assert all("other methods" in read_svg(f.svg) for f in converse)
    assert all("Grey: the methods that other figures show" in f.caption for f in converse)
    assert "other methods" not in read_svg(by_method.svg)
