import re

from prunebench.report.figures.learning_figure import average, few, learning_figure


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


def test_of_many_targets_three_are_drawn(drawn_rows, make_row, make_grid):
    """The first, the middle and the last, and the caption says so."""
    curve = {"step": [1.0, 2.0], "validation_accuracy": [0.5, 0.6]}
    more = [make_row(density=d, target=f"{d}", curve=curve) for d in (0.05, 0.02)]
    grid = make_grid([*drawn_rows, *more])

    assert [e.target for e in few(grid.entries[:5])] == ["0.5", "0.1", "0.02"]
    assert "only the first, the middle and the last" in learning_figure(grid, "s").caption


def test_protocols_differ_in_markers_too(drawn_rows, make_grid):
    """In grey print two lines of one target still differ."""
    svg = learning_figure(make_grid(drawn_rows), "s").svg
    markers = re.findall(r'<path id="(m[0-9a-f]+)"', svg)
    used = re.findall(r'href="#(m[0-9a-f]+)"', svg)

    assert len(set(markers) & set(used)) >= 4  # two ticks, a circle and a square
