import pytest

from prunebench.report.figures.band import Band
from prunebench.report.figures.cost import (
    DENSE,
    Panel,
    Priced,
    best_of,
    limits,
    make_panels,
    memberships,
    numbered,
)
from prunebench.report.figures.cost_axis import axes_of

MACS = {"realised": True, "macs_dense": 1000}


def panel_of(points, dense=None):
    """Make a panel of given points."""
    return Panel(axes_of([])[0], tuple(points), (), dense)


@pytest.fixture
def make_point():
    """Give a factory of points."""

    def make(cost, accuracy, spread=0.0, **given):
        band = Band(accuracy, accuracy - spread, accuracy + spread, 5)
        return Priced("m", "0.5", "ticket", cost, band, **given)

    return make


def test_the_front_is_what_nothing_beats_in_both():
    """20 is cheap, 80 accurate; 50 at 0.6 costs more than 20 at 0.7 and is worse."""
    found = {
        ("a", "", ""): ({0: 20.0}, {0: 0.7}),
        ("b", "", ""): ({0: 50.0}, {0: 0.6}),
        ("c", "", ""): ({0: 80.0}, {0: 0.9}),
    }

    assert best_of(found) == {("a", "", ""), ("c", "", "")}
    assert best_of({}) == set()


def test_membership_counts_resamples():
    """Two seeds: in 1 of 4 resamples (seed 1 twice) b beats a; always beaten is never on it."""
    costs = {0: 10.0, 1: 10.0}
    found = {
        ("a", "", ""): (costs, {0: 0.9, 1: 0.5}),
        ("b", "", ""): (costs, {0: 0.5, 1: 0.6}),
        ("c", "", ""): (costs, {0: 0.4, 1: 0.4}),
    }
    shares = {key[0]: one.frequency for key, one in memberships(found).items()}

    assert shares["a"] == pytest.approx(0.75, abs=0.04)
    assert shares["b"] == pytest.approx(0.25, abs=0.04)
    assert shares["a"] + shares["b"] == pytest.approx(1.0)
    assert shares["c"] == 0.0


def test_what_lacks_a_seed_is_not_resampled():
    """Resampling takes the same seeds everywhere; the means still tell who is on the front."""
    found = {
        ("a", "", ""): ({0: 10.0, 1: 10.0}, {0: 0.9, 1: 0.9}),
        ("b", "", ""): ({0: 5.0}, {0: 0.8}),
    }

    assert set(memberships(found)) == {("a", "", "")}
    assert best_of(found) == set(found)
    assert memberships({("b", "", ""): ({0: 5.0, 1: 5.0}, {0: 0.8})}) == {}


def test_pale_needs_the_support_of_the_seeds(make_row, make_grid):
    """With five seeds a beaten network is called so; with two it is only not on the front."""
    for seeds, pale in ((5, True), (2, False)):
        rows = [
            make_row(protocol=p, seed=s, test_accuracy_last=a, macs_physical=500, **MACS)
            for p, a in (("ticket", 0.9), ("random", 0.8))
            for s in range(seeds)
        ]
        ((panel,), _) = make_panels(make_grid(rows))
        best, beaten = sorted(panel.points, key=lambda point: -point.accuracy.mean)

        assert (best.on_front, beaten.on_front) == (True, False)
        assert (best.is_pale, beaten.is_pale) == (False, pale)


def test_costs_and_accuracies_are_means_over_seeds(make_row, make_dense, make_grid):
    """Seeds cost 40 and 60 % and reach 80 and 90 %; the dense network costs 100 %."""
    rows = [
        make_row(seed=s, test_accuracy_last=a, macs_physical=m, **MACS)
        for s, (a, m) in enumerate(((0.8, 400), (0.9, 600)))
    ]
    dense = [make_dense(seed=s, test_accuracy_last=0.95) for s in (0, 1)]
    ((panel,), kind) = make_panels(make_grid([*rows, *dense]))
    (point,) = panel.points

    assert kind == "range"
    assert (point.cost, point.accuracy) == (50.0, Band(85.0, 80.0, 90.0, 2))
    assert (panel.dense.cost, panel.dense.accuracy.mean) == (100.0, 95.0)
    assert [one.name for one in panel.front] == ["magnitude 0.5 finetune", "dense"]


def test_cut_networks_masks_and_training_have_panels_of_their_own(make_row, make_grid):
    """A real saving and an ideal one are not held against each other."""
    rows = [
        make_row(test_accuracy_last=0.9, macs_physical=500, total_macs=20, dense_macs=10, **MACS),
        make_row(
            method="obd", test_accuracy_last=0.9, realised=False, macs_dense=1000, macs_sparse=100
        ),
    ]
    panels, _ = make_panels(make_grid(rows))

    assert [(p.axis.title, [one.method for one in p.points]) for p in panels] == [
        ("Multiply-adds, channels cut", ["magnitude"]),
        ("Ideal multiply-adds, masks", ["obd"]),
        ("Training cost", ["magnitude"]),
    ]
    assert [panel.dense for panel in panels] == [None] * 3


def test_controls_do_not_take_part(make_row, make_grid):
    """They are shown, and beat nobody off the front; a diverged trial has no place."""
    rows = [
        make_row(test_accuracy_last=0.8, macs_physical=500, **MACS),
        make_row(
            method="c", control_of="magnitude", test_accuracy_last=0.9, macs_physical=400, **MACS
        ),
        make_row(
            protocol="scratch-e",
            control_of="magnitude",
            test_accuracy_last=0.7,
            macs_physical=500,
            **MACS,
        ),
        make_row(method="obd", status="diverged", macs_physical=1, **MACS),
    ]
    ((panel,), _) = make_panels(make_grid(rows))

    assert [one.name for one in panel.front] == ["magnitude 0.5 finetune"]
    assert sorted(one.name for one in panel.controls) == [
        "c 0.5 finetune",
        "magnitude 0.5 scratch-e",
    ]


def test_the_axis_holds_the_front_and_nearly_all_points(make_point):
    """One lost network of ten does not flatten the others; a front is always shown."""
    good = [make_point(50, 90.0 + n / 10, spread=0.5, on_front=n == 8) for n in range(9)]
    low, high = limits([panel_of([*good, make_point(50, 10.0)])])

    assert 89 < low < 90
    assert high > 91.3

    low, _ = limits([panel_of([*good, make_point(5, 10.0, on_front=True)])])

    assert low < 10


def test_a_low_point_nearby_is_shown(make_point):
    """Leaving it out would save little room."""
    points = [make_point(50, a, on_front=a == 92) for a in (92.0, 91.0, 90.0)]

    assert limits([panel_of(points)])[0] < 90


def test_the_dense_network_is_on_the_axis(make_point):
    """Above all others or below them."""
    points = [make_point(50, 90.0, on_front=True)]
    above, below = (limits([panel_of(points, make_point(100, a))]) for a in (99.0, 60.0))

    assert above[1] > 99
    assert below[0] < 60


@pytest.mark.parametrize(
    ("spots", "labels"),
    [
        ([], []),
        ([(0.5, 0.5)], [("1", 0)]),
        ([(0.1, 0.1), (0.2, 0.1)], [("1", 0), ("2", 1)]),
        ([(0.1, 0.1), (0.1, 0.3)], [("1", 0), ("2", 1)]),
        ([(0.1, 0.1), (0.11, 0.1), (0.12, 0.1), (0.9, 0.9)], [("1–3", 0), ("4", 3)]),
    ],
)
def test_neighbours_share_a_label(spots, labels):
    """Numbers that would lie over each other become a range at the first of them."""
    assert numbered(spots) == labels


def test_the_dense_network_has_a_short_name(make_point):
    """Its method and protocol are one word."""
    assert Priced(*DENSE, 1.0, Band(1.0, 1.0, 1.0, 1)).name == "dense"
    assert make_point(1, 1).name == "m 0.5 ticket"
