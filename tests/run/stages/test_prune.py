"""Weights that a method has rewritten, over several rounds of one stage."""

import json

import pytest
import torch

from prunebench.plugin.registry import load_registry
from prunebench.store.store import Store

MENDER = '''
import torch

from prunebench.api import Density, Granularity, Method, Round, allocate, hookimpl


class Mender(Method):
    """Cut in three rounds; after each, set one more shift to 7 (Nobody 2020)."""

    name = "mender"
    paper = "Nobody 2020"
    granularity = Granularity.CHANNEL

    def score(self, subject):
        return {
            name: group.filters[0].abs().flatten(1).sum(1)
            for name, group in subject.groups.items()
        }

    def schedule(self, layout, target):
        return tuple(
            Round(allocate(layout, goal, self.granularity, self.scope, self.floor), "nothing")
            for goal in (Density(0.9), Density(0.7), target)
        )

    def reconstruct(self, subject, mask):
        state = subject.model.state_dict()
        name = next(n for n in NAMES if n not in state or not (state[n] == 7).any())
        return {name: torch.full_like(state.get(name, torch.zeros(1)), 7.0)}


NAMES = ("bn1.bias", "bn2.bias", LAST)


@hookimpl
def prunebench_methods():
    return [Mender]
'''


@pytest.fixture
def mended(strangers, run_tiny):
    """Give a function that runs the mender, whose third repair has a given name."""

    def run(last):
        source = MENDER.replace("LAST", json.dumps(last))
        strangers.install("mender", ["mender = mender_module"], {"mender_module.py": source})
        asked = {"methods": ["mender"], "protocols": ["none"], "densities": [0.5]}
        return run_tiny(registry=load_registry(), **asked)

    return run


def test_repairs_of_all_rounds_are_kept(mended, tmp_path):
    """Three rounds in one stage repair three layers, each seeing the repairs before its own."""
    finished = mended("fc.bias")
    store = Store(tmp_path / "store")
    folders = (path for path in (tmp_path / "store/objects").glob("*/*"))
    parts = [store.get(f.name).part("weights") for f in folders if store.has_tensors(f.name)]
    (weights,) = (part for part in parts if part)

    assert {row.status for row in finished.rows} == {"ok"}
    assert set(weights) == {"bn1.bias", "bn2.bias", "fc.bias"}
    assert all(torch.equal(one, torch.full_like(one, 7.0)) for one in weights.values())


def test_a_repair_of_no_known_name_is_refused(mended):
    """The reason names the method and the name that the model does not have."""
    rows = mended("fc9.bias").rows
    (row,) = (row for row in rows if row.method == "mender")

    assert row.status == "failed"
    assert row.reason == (
        "ContractError: mender: reconstruct() names 'fc9.bias'; the model has no such. (plugin "
        "mender of mender 1.0; the same command without it: prunebench --no-plugin mender ...)"
    )
