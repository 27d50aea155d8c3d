"""What is left once channels are cut: the network that the mask describes, here and elsewhere."""

from copy import deepcopy

import torch
from torch import Tensor, nn

from prunebench.contracts.method import Method
from prunebench.core.digest import Json
from prunebench.core.random import generator
from prunebench.core.surgery import cut
from prunebench.testing.claim import claim, claim_applies, claim_equal
from prunebench.testing.elsewhere import address, ask
from prunebench.testing.networks import PLAIN, SHAPE, TinyNetwork
from prunebench.testing.pruning import Pruned, by_channel, score, some_pruned, suited

NEARLY = 1e-5
"""Room for sums of fewer terms, relative to the largest output."""


def check_masked_equals_cut(owner: type[Method]) -> None:
    """Check that without its removed channels each network computes what it does with them zero."""
    claim_applies("removes weights, which are masked and never cut", holds=by_channel(owner))
    for tiny, found in prunings(owner(), suited(owner())):
        narrow = cut(found.network, tiny.groups, found.mask)
        claim_equal_modes(told(owner, tiny, found), narrow, found.network)


def prunings(method: Method, networks: list[TinyNetwork]) -> list[tuple[TinyNetwork, Pruned]]:
    """Prune the networks that a method can prune."""
    found = [(tiny, some_pruned(method, tiny)) for tiny in networks]
    done = [(tiny, each) for tiny, each in found if each is not None]
    claim_applies("takes no density of the checks' networks", holds=bool(done))
    return done


def told(owner: type[Method], tiny: TinyNetwork, found: Pruned) -> str:
    """Say what was pruned and how far."""
    return f"{owner.__name__}, {tiny.name} network, {found.target.label}, {found.mask.counts} kept"


def claim_equal_modes(said: str, narrow: nn.Module, masked: nn.Module) -> None:
    """Claim that two networks compute the same, in train and in eval mode."""
    inputs = images()
    for mode in (True, False):
        one, other = (deepcopy(network).train(mode) for network in (narrow, masked))
        word = "train" if mode else "eval"
        message = f"{said}: cut and masked networks must agree in {word} mode"
        mend = (
            "Repair parameters and buffers by name in reconstruct(), and leave the network and "
            "its hooks alone."
        )
        found, wanted = ({"outputs": each(inputs).detach()} for each in (one, other))
        claim_equal(message, found, wanted, NEARLY, mend)


def images() -> Tensor:
    """Draw eight images."""
    return torch.randn(8, *SHAPE, generator=generator(0, "comparison"))


def check_reload(owner: type[Method]) -> None:
    """Check that a pruned network, saved and read in a fresh process, computes the same there."""
    for tiny, found in prunings(owner(), suited(owner())[:1]):
        network = found.network
        if by_channel(owner):
            network = cut(network, tiny.groups, found.mask)
        wanted = deepcopy(network).eval()(images()).detach()
        state = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
        mask = {f"mask {name}": kept for name, kept in found.mask.items()}
        asked: dict[str, Json] = {
            "what": "outputs of a tiny network",
            "network": tiny.name,
            "cut": by_channel(owner),
        }
        message = f"{told(owner, tiny, found)}: saved and read in a fresh process, it must agree"
        answer = ask(asked, {**state, **mask, "input": images()})
        mend = "Leave names and modules of the network as they are; rewrite values alone."
        claim(f"{message}; {answer.failure}", holds=not answer.failure, mend=mend)
        claim_equal(message, answer.tensors, {"outputs": wanted}, NEARLY, mend)


def check_fresh_process(owner: type[Method]) -> None:
    """Check that another process gives the same scores, and opens no file meanwhile.

    There names hash differently, nothing has run before, and data sets lie open to none: whatever
    a method needs comes with its subject.
    """
    place = address(owner)
    claim_applies("cannot be imported by name in another process", holds=place is not None)
    assert place is not None  # claimed
    answer = ask({"what": "scores", "method": place}, {})
    message = f"{owner.__name__}.score must give the same in a fresh process (plain network)"
    mend = "Depend on no order of a set, no hash, no file and nothing that ran before."
    claim(f"{message}; {answer.failure}", holds=not answer.failure, mend=mend)
    wanted = score(owner(), PLAIN.build())
    claim_equal(message, answer.tensors, wanted, NEARLY, mend)
    claim(
        f"{owner.__name__}.score opens {', '.join(answer.opened[:3])}; a method sees training "
        f"images through subject.batches and subject.samples alone, and no test images.",
        holds=not answer.opened,
        mend="Take images from subject, and read what else you need when the module is imported.",
    )


CHECKS = (check_masked_equals_cut, check_reload, check_fresh_process)
