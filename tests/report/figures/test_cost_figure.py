import pytest

from prunebench.report.figures.cost_figure import cost_figure, looks_of, scale
from prunebench.report.figures.drawing import MARKERS, panels, style


@pytest.fixture
def rows(make_row, make_dense):
    """Give a method that cuts and one that masks, at two targets, with dense networks."""
    numbers = {"total_macs": 3000, "dense_macs": 1000, "macs_dense": 1000}
    pruned = [
        make_row(
            method=method,
            target=f"{density}",
            density=density,
            protocol=protocol,
            seed=seed,
            test_accuracy_last=0.9 * density**0.01 - lower,
            realised=method == "l1filter",
            macs_physical=int(1000 * density) if method == "l1filter" else 1000,
            macs_sparse=int(1000 * density),
            **numbers,
        )
        for method in ("l1filter", "obd")
        for density in (0.5, 0.25)
        for protocol, lower in (("ticket", 0.0), ("random", 0.1))
        for seed in range(5)
    ]
    return [*pruned, *(make_dense(seed=s, test_accuracy_last=0.93) for s in range(5))]


def test_each_cost_has_a_panel_with_its_unit(rows, make_grid, read_svg):
    """Front members are numbered; legend and axes are named."""
    figure = cost_figure(make_grid(rows), "s")
    words = set(read_svg(figure.svg))

    assert figure.name == "s-cost"
    assert {
        "Multiply-adds, channels cut",
        "Ideal multiply-adds, masks",
        "Training cost",
        "multiply-adds (% of dense)",
        "all training (× dense training)",
        "test accuracy (%)",
    } <= words
    assert {"ticket", "random", "l1filter", "obd", "front", "dense", "1", "2", "3"} <= words


def test_latency_has_a_panel_where_it_was_measured(rows, make_row, make_grid, read_svg):
    """Milliseconds of one batch; without a measurement there is none."""
    batches = {"8": {"dense": {"median": 4.0}, "pruned": {"median": 2.0}}}
    row = make_row(test_accuracy_last=0.9, latency={"batches": batches})
    timed, plain = (set(read_svg(cost_figure(make_grid(r), "s").svg)) for r in ([row], rows))

    assert {"Measured latency, batch of 8", "one forward pass (ms)"} <= timed
    assert not any("latency" in word for word in plain)


def test_the_caption_names_the_members_of_every_front(rows, make_grid):
    """In the order of their numbers, with the share of the resamples in which they are on it."""
    text = cost_figure(make_grid(rows), "s").caption

    assert (
        "Multiply-adds, channels cut: 1 l1filter 0.25 ticket (100 %); 2 l1filter 0.5 ticket "
        "(100 %); 3 dense (100 %)." in text
    )
    assert "masks save none of them" in text
    assert "Pale marks are on the front in fewer than 5 %" in text
    assert "too few" not in text


def test_few_seeds_call_nothing_beaten(rows, make_grid):
    """Two seeds cannot; the caption says so."""
    text = cost_figure(make_grid([row for row in rows if row.seed < 2]), "s").caption

    assert "Pale" not in text
    assert "The seeds are too few to call any network beaten." in text


def test_a_lost_seed_is_said(rows, make_row, make_grid):
    """What was not resampled has no share."""
    lost = make_row(
        method="far",
        test_accuracy_last=0.99,
        realised=True,
        macs_physical=1,
        macs_dense=1000,
    )

    assert "far 0.5 finetune (seeds missing)" in (
        cost_figure(make_grid([*rows, lost]), "s").caption
    )


def test_points_below_the_axis_are_counted(make_row, make_grid):
    """One of ten reaches 10 % where all others reach 90."""
    rows = [
        make_row(
            method=f"m{n}",
            test_accuracy_last=0.1 if n == 9 else 0.9 + n / 1000,
            total_macs=200,
            dense_macs=100,
        )
        for n in range(10)
    ]

    assert "Below the axis, see the table: 1 of 10 networks." in (
        cost_figure(make_grid(rows), "s").caption
    )


def test_without_costs_there_is_no_figure(make_row, make_grid):
    """An old run may know accuracies alone; a run of failures knows nothing."""
    assert cost_figure(make_grid([make_row(test_accuracy_last=0.9)]), "s") is None
    assert cost_figure(make_grid([make_row(status="failed")]), "s") is None


def test_markers_tell_methods_apart_while_they_last(make_row, make_grid):
    """Up to one marker per method; beyond that, and for one method, they say the protocol."""

    def markers(count):
        rows = [
            make_row(method=f"m{n:02}", protocol=p, test_accuracy_last=0.9)
            for n in range(count)
            for p in ("a", "b")
        ]
        looks = looks_of(make_grid(rows))
        return {looks[f"m{n:02}", p].marker for n in range(count) for p in ("a", "b")}

    assert len(markers(1)) == 2
    assert len(markers(len(MARKERS))) == len(MARKERS)
    assert len(markers(len(MARKERS) + 1)) == 2


@pytest.mark.parametrize(
    ("costs", "ticks"),
    [
        ([100.0, 12.0], [6.25, 12.5, 25.0, 50.0, 100.0]),
        ([1.0, 3.5], [1.0, 2.0, 4.0]),
    ],
)
def test_wide_axes_are_halved(costs, ticks):
    """Percent are halved from the whole, other units from one."""
    with style():
        _, (axis,) = panels(["a"])
        scale(axis, costs)

    assert axis.get_xscale() == "log"
    assert sorted(axis.get_xticks().tolist()) == ticks


@pytest.mark.parametrize("costs", [[1.0], [2.0, 2.0], [1.0, 1.5]])
def test_narrow_axes_are_plain(costs):
    """Between 1 and 1.5 there is no halving; equal costs have room around them."""
    with style():
        _, (axis,) = panels(["a"])
        scale(axis, costs)

    assert axis.get_xscale() == "linear"
    assert axis.get_xlim()[0] < min(costs) <= max(costs) < axis.get_xlim()[1]
