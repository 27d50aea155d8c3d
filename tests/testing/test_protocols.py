"""The checks of protocols."""

from dataclasses import replace

import pytest

from prunebench.api import Budget, Protocol, Start
from prunebench.errors import ContractError
from prunebench.testing import check_protocol

GOOD = Protocol("p", Start.NARROW, Budget.SAME_COMPUTE, "Nobody 2020", ("cap", "draws"), draws=2)


def test_good_protocol_passes():
    """Fields that mean something may differ from their defaults and be settings."""
    check_protocol(GOOD)


@pytest.mark.parametrize(
    "changes",
    [
        {"start": "narrow"},
        {"budget": "for ever"},
        {"cap": float("inf")},
        {"draws": 0},
        {"lr": 0.1},
        {"settings": ("length",)},
        {"scale": "sparse-he"},
        {"start": Start.TRAINED},
        {"name": "P"},
    ],
)
def test_inconsistent_protocols_fail(changes):
    """Each field out of place is found."""
    with pytest.raises((ContractError, ValueError)):
        check_protocol(replace(GOOD, **changes))
