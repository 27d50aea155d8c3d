import numpy as np
import pytest

from prunebench.errors import SpecError
from prunebench.statistics.sample import deviation, finite


def test_anything_iterable_is_a_sample():
    """A generator, a tuple and an array give the same numbers."""
    assert finite(x for x in (1, 2.5)).tolist() == [1.0, 2.5]
    assert finite(np.array([1.0])).tolist() == [1.0]
    assert finite([]).tolist() == []


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_what_was_not_measured_is_refused(wrong):
    """A NaN would make every number after it a NaN."""
    with pytest.raises(SpecError, match="finite numbers"):
        finite([1.0, wrong])


def test_deviation_has_n_minus_1_below_the_line():
    """0, 1, 5: mean 2, squares 4 + 1 + 9 = 14 over 2."""
    assert deviation(finite([0, 1, 5])) == pytest.approx(7**0.5)
    assert deviation(finite([3.0])) is None


def test_rounding_is_no_deviation():
    """0.3 - 0.2 and 0.2 - 0.1 differ in the last bit only; half a per cent is a difference."""
    assert 0.3 - 0.2 != 0.2 - 0.1
    assert deviation(finite([0.3 - 0.2, 0.2 - 0.1])) == 0
    assert deviation(finite([0.0, 0.0])) == 0
    assert deviation(finite([1e-5, 2e-5])) > 0
