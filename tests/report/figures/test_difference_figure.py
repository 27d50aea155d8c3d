import pytest

from prunebench.report.figures.accuracy_figure import last
from prunebench.report.figures.difference import between_protocols, limits
from prunebench.report.figures.difference_figure import difference_figures, ends_of


@pytest.fixture
def rows(make_row):
    """Give two methods at two targets under three protocols, with a control."""
    own = [
        make_row(
            method=method,
            target=f"{density}",
            density=density,
            protocol=protocol,
            seed=seed,
            test_accuracy_last=0.9 + lift + 0.001 * seed * (seed + 1),
        )
        for method in ("magnitude", "obd")
        for density in (0.5, 0.25)
        for protocol, lift in (("ticket", 0.01), ("random", 0.0), ("finetune", -0.01))
        for seed in (0, 1, 2)
    ]
    control = {"method": "random-mask like obd", "control_of": "obd", "protocol": "ticket"}
    return [*own, make_row(test_accuracy_last=0.5, **control)]


def test_each_kind_of_pair_has_a_figure(rows, make_grid, read_svg):
    """Ticket minus random first, then the first protocol minus the rest, then the controls."""
    grid = make_grid(rows, protocols=["ticket", "random", "finetune"])
    tickets, others, controls = difference_figures(grid, "s")

    assert [f.name for f in (tickets, others, controls)] == [
        "s-ticket-random",
        "s-differences",
        "s-controls",
    ]
    assert {"ticket − random", "magnitude", "obd"} <= set(read_svg(tickets.svg))
    assert "ticket − finetune" not in read_svg(tickets.svg)
    assert "ticket − finetune" in read_svg(others.svg)
    assert {"method − random-mask", "obd"} <= set(read_svg(controls.svg))
    assert "magnitude" not in read_svg(controls.svg)
    for figure in (tickets, others, controls):
        assert "difference in test accuracy (points)" in read_svg(figure.svg)


def test_captions_say_what_is_subtracted_and_shown(rows, make_row, make_grid):
    """Pairing, interval, number of seeds; lost pairs are counted."""
    grid = make_grid(rows, protocols=["ticket", "random", "finetune"])
    lost = make_row(protocol="random", seed=7, status="diverged")
    tickets, _, controls = difference_figures(grid, "s")
    with_lost = difference_figures(make_grid([*rows, lost]), "s")

    assert "winning ticket minus random start: paired by seed" in tickets.caption
    assert "two-sided 95 % t interval" in tickets.caption
    assert "Seeds per mark: 3." in tickets.caption
    assert "each method minus its controls under ticket" in controls.caption
    assert "left out" not in tickets.caption
    assert "1 pair lacks one side and is left out." in next(
        f.caption for f in with_lost if f.name == "s-ticket-random"
    )


def test_two_seeds_say_that_they_are_too_few(make_row, make_grid):
    """Their intervals leave the panel; the caption points it out."""
    rows = [
        make_row(protocol=p, seed=s, test_accuracy_last=0.9 + 0.01 * s * (p == "ticket"))
        for p in ("ticket", "random")
        for s in (0, 1)
    ]
    (figure,) = difference_figures(make_grid(rows), "s")

    assert "Bars that reach the edge of a panel go on" in figure.caption


def test_one_wild_method_does_not_flatten_the_others(rows, make_row, make_grid):
    """With 30 points for one and 1 point for the others each panel has its own axis."""
    wild = [
        make_row(
            method="wild", protocol=p, seed=s, test_accuracy_last=0.5 + 0.1 * s * (p == "ticket")
        )
        for p in ("ticket", "random", "finetune")
        for s in (0, 1, 2)
    ]
    calm, stirred = (
        difference_figures(make_grid(given, protocols=["ticket"]), "s")[0]
        for given in (rows, [*rows, *wild])
    )

    assert "axis of its own" not in calm.caption
    assert "One panel per method, each with an axis of its own." in stirred.caption


def test_one_method_needs_no_axis_of_its_own(make_row, make_grid):
    """There is nothing to flatten."""
    rows = [make_row(protocol=p, test_accuracy_last=0.9) for p in ("ticket", "random")]
    found = between_protocols(make_grid(rows), [("ticket", "random")], last)

    assert ends_of(found) == {found[0].method: limits(found)}


def test_one_protocol_has_no_differences(make_row, make_dense, make_grid):
    """Nothing to subtract, nothing drawn; the same for dense networks alone."""
    assert difference_figures(make_grid([make_row(test_accuracy_last=0.9)]), "s") == []
    assert difference_figures(make_grid([make_dense(test_accuracy_last=0.9)]), "s") == []
