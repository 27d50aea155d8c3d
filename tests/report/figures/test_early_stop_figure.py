import pytest

from prunebench.report.figures.band import Band
from prunebench.report.figures.early_stop_figure import (
    criteria,
    early_stop,
    early_stop_figure,
    is_censored,
    lines,
)

VALIDATED = {"steps": 100, "validation_loss": 0.5}


def test_lines_hold_the_chosen_steps(make_row, make_grid):
    """Seeds at 20 and 40: mean 30 between them; lightly pruned first."""
    rows = [
        make_row(density=d, target=f"{d}", seed=s, selected_step=step, **VALIDATED)
        for d, steps in ((0.25, (60, 60)), (0.5, (20, 40)))
        for s, step in enumerate(steps)
    ]
    (line,) = lines(make_grid(rows), "range")

    assert (line.method, line.protocol) == ("magnitude", "finetune")
    assert [(mark.density, mark.band) for mark in line.marks] == [
        (0.5, Band(30.0, 20.0, 40.0, 2)),
        (0.25, Band(60.0, 60.0, 60.0, 2)),
    ]


def test_without_validation_there_is_no_early_stop(make_row, make_grid):
    """The selected step is then the last one by definition and says nothing."""
    row = make_row(steps=100, selected_step=100)

    assert early_stop(row) is None
    assert early_stop_figure(make_grid([row]), "s") is None


def test_without_training_there_is_no_early_stop(make_row):
    """A network that is not retrained stops nowhere."""
    assert early_stop(make_row(steps=0, selected_step=0, validation_loss=0.5)) is None
    assert early_stop(make_row(selected_step=30, **VALIDATED)) == 30


def test_a_trial_that_is_best_at_its_end_is_censored(make_row):
    """The last evaluation counts, which need not be the last step."""
    curve = {"step": [30.0, 60.0, 90.0]}

    assert is_censored(make_row(selected_step=90, curve=curve, **VALIDATED))
    assert not is_censored(make_row(selected_step=60, curve=curve, **VALIDATED))
    assert is_censored(make_row(selected_step=100, **VALIDATED))
    assert not is_censored(make_row(selected_step=99, **VALIDATED))
    assert not is_censored(make_row(selected_step=None))


def test_one_censored_trial_makes_its_point_hollow(make_row, make_grid, read_svg):
    """The mean of a cell with one is a lower bound; caption and legend say so."""
    free = [make_row(seed=s, selected_step=50, **VALIDATED) for s in (0, 1)]
    bound = [*free, make_row(seed=2, selected_step=100, **VALIDATED)]

    (one,), (other,) = (lines(make_grid(rows), "range")[0].marks for rows in (free, bound))
    plain, hollow = (early_stop_figure(make_grid(rows), "s") for rows in (free, bound))

    assert (one.hollow, other.hollow) == (False, True)
    assert "best at the end" not in read_svg(plain.svg)
    assert "best at the end" in read_svg(hollow.svg)
    assert "Hollow" not in plain.caption
    assert "its true early-stop iteration may lie later" in hollow.caption


def test_the_figure_names_its_axes_and_lines(make_row, make_dense, make_grid, read_svg):
    """Iterations are written in full; the dense network's own stands beside."""
    rows = [
        make_row(protocol=p, density=d, target=f"{d}", selected_step=5000 * n, **VALIDATED)
        for n, p in ((1, "ticket"), (2, "random"))
        for d in (0.5, 0.25)
    ]
    dense = make_dense(selected_step=4000, steps=9000, validation_loss=0.4)
    figure = early_stop_figure(make_grid([*rows, dense]), "s")
    words = set(read_svg(figure.svg))

    assert figure.name == "s-early-stop"
    assert {"ticket", "random", "dense", "early-stop iteration", "10,000"} <= words
    assert "prunable weights remaining (%)" in words


@pytest.mark.parametrize(
    ("selections", "text"),
    [
        ([], "validation loss"),
        (["loss"], "validation loss"),
        (["accuracy"], "validation accuracy"),
        (["loss", "accuracy"], "validation accuracy or validation loss"),
    ],
)
def test_the_caption_says_what_was_best(make_row, selections, text):
    """Recipes may select by loss or by accuracy."""
    rows = [make_row(settings={"training": {"selection": one}}) for one in selections]

    assert criteria([make_row(), *rows]) == text
