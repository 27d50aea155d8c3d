"""What people ask for."""

import pytest

from prunebench.core.target import Automatic, Density, Plan
from prunebench.errors import SpecError


@pytest.mark.parametrize("value", [0.0, -0.1, 1.5, float("nan"), float("inf")])
def test_densities_outside_the_unit_interval_are_refused(value):
    """A density is above 0 and at most 1; the message says how to write one."""
    with pytest.raises(SpecError, match=rf"\(0, 1\], got {value}; write 0.15 for 15 % kept"):
        Density(value)


def test_labels():
    """Tables print the value, with its measure where that is not the parameters."""
    labels = [
        target.label
        for target in (Density(0.2), Density(1.0, "macs"), Plan("resnet56-b", {}), Automatic())
    ]

    assert labels == ["0.2", "1 of macs", "resnet56-b", "automatic"]
