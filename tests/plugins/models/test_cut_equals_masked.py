"""A network whose units are silenced and one from which they are cut compute the same."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from prunebench.api import Mask
from prunebench.core.cost import count, narrow_cost
from prunebench.core.describe import describe
from prunebench.core.initialise import norms
from prunebench.core.surgery import cut, parameter_masks, silence, widen
from prunebench_plugins.models.vgg16 import Vgg16
from prunebench_plugins.models.vgg19 import Vgg19


@torch.no_grad()
def scrambled(model, shape, generator):
    """Give a network in which no scale, shift or statistic has its initial value."""
    network = model.build(shape, 10)
    model.initialise(network, generator)
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            parameter.normal_(generator=generator)
    for _, norm in norms(network):
        norm.weight.normal_(generator=generator)
        norm.running_mean.normal_(generator=generator)
        norm.running_var.uniform_(0.5, 2.0, generator=generator)
    return network.double()


def some_units(groups, generator):
    """Keep about half of every group's channels, never none, and about half of the blocks."""
    masks = {group.name: torch.rand(group.size, generator=generator) < 0.5 for group in groups}
    for group in groups:
        if group.kind != "block":
            masks[group.name][-1] = True
    return Mask(masks)


def gradients(network, images):
    """Give the scores, after filling in the gradients of a loss that weighs all classes alike."""
    scores = network(images)
    scores.square().sum().backward()
    return scores.detach()


def assert_same_function(model, shape, in_play, *, training):
    """Compare the silenced and the cut network: outputs, gradients and statistics of survivors."""
    generator = torch.Generator().manual_seed(5)
    network = scrambled(model, shape, generator)
    groups = model.groups(network)
    mask = some_units([group for group in groups if in_play(group)], generator)
    images = torch.randn(4, *shape, generator=generator, dtype=torch.float64)
    narrow = cut(network, groups, mask).train(training)
    masked = deepcopy(network).train(training)
    silence(masked, groups, mask)

    torch.testing.assert_close(gradients(narrow, images), gradients(masked, images))
    survivors = parameter_masks(network, groups, mask)
    wide = dict(masked.named_parameters())
    for name, parameter in narrow.named_parameters():
        kept = survivors.get(name, torch.ones_like(wide[name], dtype=torch.bool))
        torch.testing.assert_close(parameter.grad.flatten(), wide[name].grad[kept])
    for name, norm in norms(narrow):
        kept = survivors[f"{name}.weight"] if f"{name}.weight" in survivors else slice(None)
        statistics = masked.get_submodule(name)
        torch.testing.assert_close(norm.running_mean, statistics.running_mean[kept])
        torch.testing.assert_close(norm.running_var, statistics.running_var[kept])


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
def test_small_models(play, training):
    """Silenced equals cut, whatever kind of group is in play, in eval and train mode."""
    assert_same_function(*play, training=training)


@pytest.mark.slow
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("model", [Vgg16(), Vgg16(variant="lottery"), Vgg19()], ids=str)
def test_vgg(model, training):
    """Silenced equals cut for the forms of VGG."""
    assert_same_function(model, (3, 32, 32), lambda _group: True, training=training)


@pytest.mark.parametrize("seed", range(3))
def test_cut_network_costs_what_planning_says(separate_play, seed):
    """Counts by group alone give the parameters and multiply-adds of the network that is left."""
    model, shape, in_play = separate_play
    network = model.build(shape, 10)
    groups = tuple(group for group in model.groups(network) if in_play(group))
    mask = some_units(groups, torch.Generator().manual_seed(seed))

    planned = narrow_cost(describe(network, shape, groups), mask.counts)

    assert (planned.params, planned.macs) == count(cut(network, groups, mask), shape)


def test_widened_network_is_the_silenced_one(play):
    """A cut network's state, put back into dense shape, has every number of the silenced one."""
    model, shape, in_play = play
    generator = torch.Generator().manual_seed(7)
    network = scrambled(model, shape, generator)
    groups = model.groups(network)
    mask = some_units([group for group in groups if in_play(group)], generator)
    wide, masked = scrambled(model, shape, generator), deepcopy(network)

    widen(wide, groups, mask, cut(network, groups, mask).state_dict())
    silence(masked, groups, mask)

    torch.testing.assert_close(wide.state_dict(), masked.state_dict(), rtol=0, atol=0)


def test_cut_network_is_smaller(small):
    """Cutting leaves the original as it is and removes parameters; nothing is only hidden."""
    model, shape = small
    network = model.build(shape, 10)
    groups = model.groups(network)
    before = nn.utils.parameters_to_vector(network.parameters()).detach().clone()

    narrow = cut(network, groups, some_units(groups, torch.Generator().manual_seed(0)))

    after = nn.utils.parameters_to_vector(network.parameters()).detach()
    assert torch.equal(before, after)
    assert sum(p.numel() for p in narrow.parameters()) < before.numel()


def test_cut_network_can_be_drawn_afresh(small):
    """A narrow network's own initialisation leaves nothing behind of the dense one."""
    model, shape = small
    network = model.build(shape, 10)
    groups = model.groups(network)
    narrow = cut(network, groups, some_units(groups, torch.Generator().manual_seed(0)))
    with torch.no_grad():
        for parameter in narrow.parameters():
            parameter.fill_(torch.nan)

    model.initialise(narrow, torch.Generator().manual_seed(1))

    assert narrow.eval()(torch.randn(2, *shape)).isfinite().all()
