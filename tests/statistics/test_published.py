"""Liu et al. 2019, Table 11, through our rules: accuracy in percent, mean and deviation of 5 runs.

Winning tickets (x) against random initialisation (y), one-shot magnitude pruning on CIFAR-10.
"""

import pytest

from prunebench.statistics.multiplicity import holm
from prunebench.statistics.rules import equivalence_p, equivalent, superior
from prunebench.statistics.welch import Cell, welch

SMALL_RATE = {  # Table 11(b), initial learning rate 0.01; 20, 40, 60, 80, 95 % pruned
    "VGG-16": [
        ((92.78, 0.11), (92.52, 0.15)),
        ((92.80, 0.18), (92.52, 0.15)),
        ((92.72, 0.16), (92.44, 0.19)),
        ((92.75, 0.07), (92.07, 0.25)),
        ((92.58, 0.25), (91.83, 0.11)),
    ],
    "ResNet-50": [
        ((91.28, 0.15), (90.93, 0.34)),
        ((91.16, 0.07), (90.92, 0.10)),
        ((91.00, 0.15), (90.43, 0.16)),
        ((90.92, 0.08), (89.71, 0.18)),
        ((87.76, 0.19), (87.20, 0.17)),
    ],
}
LARGE_RATE = {  # Table 11(a), initial learning rate 0.1
    "VGG-16": [
        ((93.66, 0.20), (93.79, 0.11)),
        ((93.79, 0.12), (93.77, 0.10)),
        ((93.60, 0.13), (93.72, 0.11)),
        ((93.74, 0.15), (93.72, 0.16)),
        ((93.18, 0.12), (93.05, 0.21)),
    ],
    "ResNet-50": [
        ((93.38, 0.18), (93.31, 0.24)),
        ((92.94, 0.12), (93.06, 0.22)),
        ((92.56, 0.20), (92.69, 0.22)),
        ((91.83, 0.20), (91.69, 0.22)),
        ((88.75, 0.18), (88.59, 0.09)),
    ],
}
GAINS = {
    "VGG-16": [0.26, 0.28, 0.28, 0.68, 0.75],
    "ResNet-50": [0.35, 0.24, 0.57, 1.21, 0.56],
}


def compare(pair):
    """Test ticket > random on printed numbers."""
    (x, dx), (y, dy) = pair
    return welch(Cell(x, dx, 5), Cell(y, dy, 5), "greater")


@pytest.mark.parametrize("network", ["VGG-16", "ResNet-50"])
def test_at_the_small_rate_tickets_win_everywhere(network):
    """Ten positive differences, one-sided p at most 0.042, all surviving Holm in their five."""
    tests = [compare(pair) for pair in SMALL_RATE[network]]
    adjusted = holm([test.p for test in tests])

    assert [round(test.difference, 2) for test in tests] == GAINS[network]
    assert all(round(test.p, 3) <= 0.042 for test in tests)
    assert {superior(t, adjusted_p=p) for t, p in zip(tests, adjusted, strict=True)} == {
        "CONFIRMED"
    }


@pytest.mark.parametrize("network", ["VGG-16", "ResNet-50"])
def test_at_the_large_rate_they_are_equivalent_at_half_a_point(network):
    """Differences between -0.13 and +0.16; every 90 % interval lies inside +-0.40."""
    tests = [compare(pair) for pair in LARGE_RATE[network]]

    assert all(-0.13 <= round(test.difference, 2) <= 0.16 for test in tests)
    assert all(test.low90 > -0.40 and test.high90 < 0.40 for test in tests)
    assert {equivalent(test, 0.5) for test in tests} == {"CONFIRMED"}
    assert max(holm([equivalence_p(test, 0.5) for test in tests])) < 0.05
    assert {superior(test) for test in tests} == {"INCONCLUSIVE"}
