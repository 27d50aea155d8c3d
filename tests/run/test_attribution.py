"""Which plugin a stage failed in, where no frame of it is left."""

import pytest

from prunebench.errors import ContractError, StoreError
from prunebench.run.attribution import fault
from prunebench.run.task import Task


def task(kind, spec, place=None):
    """Make a task of a kind."""
    return Task("0" * 32, kind, spec, None, place or {})


MAGNITUDE = {"method": {"name": "magnitude"}}
PENALTY = {"regularizer": {"name": "Slim"}}


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (task("prune", MAGNITUDE), "magnitude"),
        (task("score", MAGNITUDE), "magnitude"),
        (task("train", PENALTY, {"method": {"name": "slimming"}}), "slimming"),
        (task("train", {"regularizer": None}), None),
        (task("evaluate", {"model": {"name": "smallconv"}}), None),
        (task("prune", {"method": {"name": "nobody-so-called"}}), None),
    ],
)
def test_a_broken_contract_is_of_whom_the_stage_asked(registry, asked, name):
    """What a plugin gave is checked when it has returned; a stage that asks none blames none."""
    found = fault(registry, asked, ContractError("scores of 'fc' hold NaN."))

    assert (found and found.name) == name


@pytest.mark.parametrize("error", [ValueError("ours"), StoreError("damaged")])
def test_our_own_failures_are_nobodys(registry, error):
    """Whatever else fails in a stage without a plugin's frame is ours or the machine's."""
    assert fault(registry, task("prune", MAGNITUDE), error) is None
