"""What must hold between a model's groups and its network, and between processes."""

from collections.abc import Sequence

import torch
from torch import nn

from prunebench.contracts.model import Model
from prunebench.core.digest import Json
from prunebench.core.initialise import kernels
from prunebench.core.layout import ChannelGroup
from prunebench.testing.claim import claim, claim_applies, claim_equal
from prunebench.testing.elsewhere import address, ask
from prunebench.testing.models import NEARLY, fresh, images, inputs

LARGE = 2_000_000
"""Parameters from which only names and shapes are compared: weights would take too long."""


def check_groups_cover(owner: type[Model]) -> None:
    """Check that declared groups name every layer but the last, as writer or as member."""
    model = owner()
    shape, classes = inputs(model)
    with torch.device("meta"):
        network = model.build(shape, classes)
    groups = model.groups(network)
    claim_applies("declares no groups, which are traced instead", holds=bool(groups))
    left = uncovered(network, groups or (), classes)
    claim(
        f"{owner.__name__}.groups leaves out {', '.join(left[:5])} of the network for {shape}; "
        f"expected every layer but the last among the producers or members of a group.",
        holds=not left,
        mend="Declare a group for it (coupled=True for a stream), or let groups() return None.",
    )


def uncovered(network: nn.Module, groups: Sequence[ChannelGroup], classes: int) -> list[str]:
    """List the layers that no group writes; those that give one feature per class may be last."""
    named = {span.module for group in groups for span in group.producers}
    named |= {member for group in groups for member in group.members}
    return [
        name
        for name, kernel in kernels(network)
        if name not in named and kernel.weight.shape[0] != classes
    ]


def check_reload(owner: type[Model]) -> None:
    """Check that weights saved here fit the network that a fresh process builds, and compute."""
    place = address(owner)
    claim_applies("cannot be imported by name in another process", holds=place is not None)
    assert place is not None  # claimed
    model = owner()
    shape, classes = inputs(model)
    asked: dict[str, Json] = {
        "what": "outputs of a model",
        "model": place,
        "shape": list(shape),
        "classes": classes,
    }
    message = f"{owner.__name__}, built in a fresh process for {shape}, must be the same network"
    mend = "Build from settings, shape and classes alone; depend on no order of a set and no hash."
    with torch.device("meta"):
        ghost = model.build(shape, classes)
    if sum(parameter.numel() for parameter in ghost.parameters()) > LARGE:
        answer = ask(asked, {})
        claim(f"{message}; {answer.failure}", holds=not answer.failure, mend=mend)
        wanted = {name: list(tensor.shape) for name, tensor in ghost.state_dict().items()}
        odd = sorted(n for n in {*wanted, *answer.facts} if wanted.get(n) != answer.facts.get(n))
        claim(f"{message}; differs in {', '.join(odd[:3])}.", holds=not odd, mend=mend)
        return
    network = fresh(model).eval()
    batch = images(shape)
    with torch.no_grad():
        wanted_outputs = network(batch)
    answer = ask(asked, {**network.state_dict(), "input": batch})
    claim(f"{message}; {answer.failure}", holds=not answer.failure, mend=mend)
    claim_equal(message, answer.tensors, {"outputs": wanted_outputs}, NEARLY, mend)


CHECKS = (check_groups_cover, check_reload)
