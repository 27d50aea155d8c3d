"""A cut written as JSON cuts the same network again."""

import json

import pytest
import torch

from prunebench.core.kept import cut_to, write_cut
from prunebench.core.mask import Mask
from prunebench.core.surgery import cut
from prunebench.plugin.registry import load_registry

CASES = (
    ("smallconv", "channel"),
    ("resnet", "channel"),
    ("resnet", "residual stream"),
    ("resnet", "block"),
    ("preresnet", "selection"),
    ("densenet", "selection"),
    pytest.param("resnext50_32x4d", "channel", marks=pytest.mark.slow),
)
SETTINGS = {
    "resnet": {"depth": 8, "shortcut": "zero-pad"},
    "preresnet": {"depth": 11},
    "densenet": {"depth": 10, "growth": 4},
}


def half(group, draws):
    """Keep every other channel of a group, in an order of the draw; a block goes or stays."""
    if group.kind == "block":
        return torch.tensor([bool(torch.randint(2, (1,), generator=draws))])
    kept = torch.zeros(group.size, dtype=torch.bool)
    kept[torch.randperm(group.size, generator=draws)[: (group.size + 1) // 2]] = True
    return kept


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_cut_to_cuts_as_cut(name, kind):
    """Through JSON and back, every kind of group gives the same network, weights included."""
    registry = load_registry()
    model = registry.model(name).item(**SETTINGS.get(name, {}))
    shape = (1, 8, 8) if name == "smallconv" else (3, 32, 32)
    network = model.build(shape, 10)
    groups = [
        group
        for group in model.groups(network)
        if ("residual stream" if group.coupled else group.kind) == kind
    ]
    draws = torch.Generator().manual_seed(1)
    mask = Mask({group.name: half(group, draws) for group in groups})
    written = json.loads(json.dumps(write_cut(model.groups(network), mask)))
    first, second = cut(network, groups, mask), cut_to(network, written)

    assert mask.density < 1
    assert {record["name"] for record in written} == set(mask)
    assert first.state_dict().keys() == second.state_dict().keys()
    for one, other in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    images = torch.randn(2, *shape, generator=draws)
    assert torch.equal(first.eval()(images), second.eval()(images))


def test_nothing_cut_is_the_network_itself():
    """Without groups every weight stays, and the network that was given is left alone."""
    network = torch.nn.Sequential(torch.nn.Linear(3, 2))
    copy = cut_to(network, [])

    assert copy is not network
    assert torch.equal(copy[0].weight, network[0].weight)


def test_groups_out_of_play_are_not_written():
    """Only what the mask names is written, with the kept channels in rising order."""
    registry = load_registry()
    model = registry.model("smallconv").item(width=4)
    groups = model.groups(model.build((1, 8, 8), 10))
    mask = Mask({"conv1": torch.tensor([True, False, False, True])})
    [record] = write_cut(groups, mask)

    assert (record["name"], record["kept"], record["size"]) == ("conv1", [0, 3], 4)
