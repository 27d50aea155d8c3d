import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.errors import SpecError
from prunebench.results.frame import to_frame
from prunebench.statistics.area import area, areas, common_range

ACCURACY = "test_accuracy_last"
CURVES = st.dictionaries(
    st.integers(0, 10), st.floats(0, 1, allow_subnormal=False), min_size=2, max_size=8
)


def test_a_worked_area():
    """log2 of 2, 8, 32 is 1, 3, 5: trapezia of mean height 0.7 and 0.3, width 2 each."""
    assert area([2, 8, 32], [0.8, 0.6, 0.0], 2, 32) == pytest.approx(0.5)
    assert area([32, 2, 8], [0.0, 0.8, 0.6], 2, 32) == pytest.approx(0.5)


def test_ends_between_points_are_joined_by_lines():
    """From 4 to 16 the heights are 0.7, 0.6, 0.3: mean of 0.65 and 0.45."""
    assert area([2, 8, 32], [0.8, 0.6, 0.0], 4, 16) == pytest.approx(0.55)
    assert area([2, 32], [0.8, 0.0], 4, 8) == pytest.approx(0.5)


@settings(deadline=None, max_examples=50)
@given(CURVES)
def test_the_area_is_between_the_smallest_and_the_largest_quality(curve):
    """It is a mean."""
    x, y = zip(*sorted(curve.items()), strict=True)
    found = area([2.0**e for e in x], y, 2.0 ** x[0], 2.0 ** x[-1])

    assert min(y) - 1e-12 <= found <= max(y) + 1e-12


@settings(deadline=None, max_examples=50)
@given(CURVES)
def test_a_fine_sum_finds_the_same_area(curve):
    """A Riemann sum of the interpolated curve, midpoint by midpoint."""
    x, y = (np.array(v, dtype=float) for v in zip(*sorted(curve.items()), strict=True))
    steps = np.linspace(x[0], x[-1], 4001)
    middle = (steps[1:] + steps[:-1]) / 2

    found = area(2**x, y, 2 ** x[0], 2 ** x[-1])

    assert found == pytest.approx(np.interp(middle, x, y).mean(), abs=1e-3)


@pytest.mark.parametrize(("start", "stop"), [(1, 8), (2, 64), (8, 8), (16, 4)])
def test_a_range_that_is_not_covered_is_refused(start, stop):
    """Nothing is extrapolated, and no width is 0."""
    with pytest.raises(SpecError, match="does not cover"):
        area([2, 8, 32], [0.8, 0.6, 0.0], start, stop)


def test_the_common_range():
    """From the latest start to the earliest stop."""
    one, other = (np.array([2.0, 32.0]), None), (np.array([1.0, 4.0, 16.0]), None)

    assert common_range([one, other]) == (2, 16)
    assert common_range([one, (np.array([64.0, 128.0]), None)]) is None
    assert common_range([]) is None


@pytest.fixture
def make_curve(make_rows):
    """Give a factory of a method's rows: {compression: accuracies by seed}."""

    def make(points, **given):
        return [
            row
            for compression, values in points.items()
            for row in make_rows(
                values, target=str(1 / compression), compression_ratio=compression, **given
            )
        ]

    return make


def test_methods_are_compared_over_the_range_they_share(make_curve):
    """From 2 to 8; seeds have areas 0.7 and 0.8, and 0.6 and 0.6 (at 8, (0.7 + 0.5) / 2)."""
    frame = to_frame(
        make_curve({2: [0.8, 0.8], 8: [0.6, 0.8]})
        + make_curve({2: [0.6, 0.6], 4: [0.6, 0.6], 16: [0.6, 0.6]}, method="obd")
        + make_curve({1: [0.9]}, method="dense")
        + make_curve({2: [0.1], 4: [0.1]}, method="x", control_of="obd")
    )

    found = areas(frame, ACCURACY, np.random.default_rng(0))

    assert list(found) == ["magnitude", "obd"]
    assert found["magnitude"].mean == pytest.approx(0.75)
    assert (found["magnitude"].start, found["magnitude"].stop) == (2, 8)
    assert (found["magnitude"].low, found["magnitude"].high) == pytest.approx((0.7, 0.8))
    assert found["obd"].mean == found["obd"].low == found["obd"].high == pytest.approx(0.6)
    assert (found["obd"].n, found["obd"].lost) == (2, ())


def test_a_seed_with_a_hole_is_lost_not_bridged(make_curve):
    """Seed 1 diverged at 4: a straight line over the hole would flatter."""
    frame = to_frame(make_curve({2: [0.8, 0.8], 4: [0.8, None], 8: [0.8, 0.8]}))

    found = areas(frame, ACCURACY, np.random.default_rng(0))["magnitude"]

    assert (found.n, found.lost, found.low, found.high) == (1, (1,), None, None)
    assert found.mean == pytest.approx(0.8)


def test_draws_are_averaged_within_their_seed(make_curve):
    """0.7 and 0.9 at 2 are 0.8."""
    frame = to_frame(make_curve({2: [(0.7, 0.9)], 8: [(0.4, 0.4)]}))

    assert areas(frame, ACCURACY, np.random.default_rng(0))["magnitude"].mean == pytest.approx(0.6)


def test_no_common_range_gives_no_areas(make_curve):
    """Two points, two methods, nothing shared; and nothing measured at all."""
    apart = make_curve({2: [0.8], 4: [0.7]}) + make_curve({8: [0.8], 16: [0.7]}, method="obd")
    lost = make_curve({2: [None], 4: [0.7]})

    assert areas(to_frame(apart), ACCURACY, np.random.default_rng(0)) == {}
    assert areas(to_frame(lost), ACCURACY, np.random.default_rng(0)) == {}


def test_a_method_without_a_complete_seed_does_not_stop_the_others(make_curve):
    """It has no area; the other one keeps its own range."""
    rows = make_curve({2: [None], 4: [0.7]}, method="obd") + make_curve({2: [0.8], 8: [0.6]})

    found = areas(to_frame(rows), ACCURACY, np.random.default_rng(0))

    assert list(found) == ["magnitude"]
    assert found["magnitude"].stop == 8
