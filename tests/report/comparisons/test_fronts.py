"""Areas under curves and Pareto fronts, by hand."""

import pytest

from prunebench.report.comparisons.fronts import area_table, front_tables


def texts(table):
    """Give the cells of a table as text."""
    return [[str(cell) for cell in row] for row in table.rows]


@pytest.fixture
def make_point(make_row):
    """Give the rows of one method at one size, one accuracy per seed."""

    def make(method, target, accuracies, **given):
        size = float(target)
        sizes = {"compression_ratio": 1 / size, "macs_sparse": int(1000 * size)}
        return [
            make_row(
                method=method,
                target=target,
                seed=seed,
                test_accuracy_last=value,
                **({"total_macs": 3000} | sizes | given),
            )
            for seed, value in enumerate(accuracies)
        ]

    return make


def test_an_area_by_hand(make_point, make_grid):
    """From 2 to 8-fold in two octaves: trapezia of 0.85 and 0.65, so 75 %; seed 1 is 2 higher."""
    rows = [
        *make_point("obd", "0.5", [0.9, 0.92]),
        *make_point("obd", "0.25", [0.8, 0.82]),
        *make_point("obd", "0.125", [0.5, 0.52]),
    ]
    table = area_table(make_grid(rows))

    assert texts(table) == [["obd", "76.00 · 75.00 to 77.00"]]
    assert "Range: 2.00× to 8.00×." in table.caption


def test_a_curve_with_a_hole_says_so(make_point, make_grid):
    """The second seed lacks a size, so it is left out; a single size is no curve at all."""
    rows = [*make_point("obd", "0.5", [0.9, 0.92]), *make_point("obd", "0.25", [0.8])]

    assert texts(area_table(make_grid(rows))) == [["obd", "85.00 · n = 1; 1 of 2 seeds incomplete"]]
    assert area_table(make_grid(rows[:2])) is None


def test_the_front_by_hand(make_point, make_dense, make_grid):
    """Smaller and better is always on the front; larger and worse never; dense is a point too."""
    rows = [
        *make_point("obd", "0.5", [0.90] * 5),
        *make_point("obd", "0.25", [0.95] * 5),
        *make_point("magnitude", "0.25", [0.70] * 5),
        *(make_dense(seed=s, test_accuracy_last=0.97, macs_sparse=1000) for s in range(5)),
    ]
    size, _ = front_tables(make_grid(rows, methods=["obd", "magnitude"]))

    assert size.title == "Pareto front: multiply-adds"
    assert texts(size) == [
        ["dense", "", "100 · front"],
        ["obd", "0.5", "0 · dominated"],
        ["obd", "0.25", "100 · front"],
        ["magnitude", "0.25", "0 · dominated"],
    ]
    assert "(here 5)" in size.caption


def test_few_seeds_dominate_nothing(make_point, make_grid):
    """Two seeds cannot carry the word, however clear the means are."""
    rows = [*make_point("obd", "0.5", [0.9, 0.9]), *make_point("obd", "0.25", [0.95, 0.95])]

    assert texts(front_tables(make_grid(rows))[0])[0] == ["obd", "0.5", "0"]


def test_training_cost_compares_across_protocols(make_point, make_grid):
    """Of two protocols that do as well the dear one is off the front; no dense is needed."""
    rows = [
        *make_point("obd", "0.5", [0.9] * 5, protocol="finetune", total_macs=2000),
        *make_point("obd", "0.5", [0.9] * 5, protocol="ticket", total_macs=4000),
    ]
    (cost,) = front_tables(make_grid(rows, protocols=["finetune", "ticket"]))

    assert cost.title == "Pareto front: total training cost"
    assert texts(cost) == [["obd", "0.5", "100 · front", "0 · dominated"]]


def test_a_point_without_all_seeds_is_left_out(make_point, make_grid):
    """Resampling needs the same seeds everywhere; the gap is a dash and no rank."""
    rows = [
        *make_point("obd", "0.5", [0.9, 0.9]),
        *make_point("obd", "0.25", [0.8, 0.8]),
        *make_point("magnitude", "0.5", [0.99]),
    ]

    assert texts(front_tables(make_grid(rows, methods=["obd"]))[0])[2] == ["magnitude", "0.5", "–"]
    assert front_tables(make_grid(rows[:2])) == []
