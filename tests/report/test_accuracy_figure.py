from prunebench.report.accuracy_figure import accuracy_figures, make_plot


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
    assert plot.limits[0] > 0.6
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

    assert 0 <= low < 0.15
    assert sum(a < low for a in accuracies) <= len(accuracies) / 4


def test_without_retraining_at_all_the_rest_is_shown(make_row, make_grid):
    """If every network is as pruned, those are the ones to see."""
    rows = [make_row(epochs=0.0, test_accuracy_last=a, density=a) for a in (0.5, 0.4)]

    assert make_plot(make_grid(rows)).left_out == ()
