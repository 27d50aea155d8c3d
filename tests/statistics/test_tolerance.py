import pytest

from prunebench.statistics.tolerance import tolerance


@pytest.mark.parametrize(
    ("sd", "expected"),
    [(None, 0.005), (0.0, 0.005), (0.001, 0.005), (0.01, 0.03), (0.02, 0.05), (0.369, 0.05)],
)
def test_three_deviations_within_half_a_point_and_five(sd, expected):
    """One seed has no deviation and gets half a point; a wide spread buys no more than five."""
    assert tolerance(sd) == pytest.approx(expected)
