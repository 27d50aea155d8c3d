"""What every pruning method must give where there is little to go by: an answer, or an error."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn

from prunebench.contracts.method import Method, Round
from prunebench.core.initialise import kernels, norms
from prunebench.core.quota import PerLayer
from prunebench.core.target import Density
from prunebench.errors import PrunebenchError
from prunebench.testing.claim import claim, claim_applies, claim_equal
from prunebench.testing.methods import claim_fit
from prunebench.testing.networks import PLAIN
from prunebench.testing.pruning import (
    Pruned,
    carried_out,
    draws_at_random,
    layout_for,
    score,
    unrolled,
)
from prunebench.testing.tiny import Scene

DENSITY = 0.5
NEARLY = 1e-3


@dataclass(frozen=True)
class Case:
    """One degenerate input.

    Parameters
    ----------
    name
        As messages call it.
    network, scene
        What is pruned, with which images.
    """

    name: str
    network: nn.Module
    scene: Scene


def check_ties(owner: type[Method]) -> None:
    """Check that equal weights give exactly what is asked for, and the same choice twice."""
    method = owner()
    rounds = asked(method)
    case = "all weights equal"
    one, other = (attempt(owner(), rounds, Case(case, level(), Scene())) for _ in range(2))
    claim_applies(f"refuses a network with {case}", holds=not isinstance(one, str))
    if isinstance(one, str) or isinstance(other, str):
        return
    said = f"{owner.__name__}, plain network with {case}, density {DENSITY:g}"
    claim(
        f"{said}: misses its quota by {one.selection.shortfall} units.",
        holds=one.selection.shortfall == 0,
        mend="Give a number for every unit; ties are broken by the host.",
    )
    wanted = rounds[-1].keep
    if isinstance(wanted, PerLayer):
        found = {name: one.mask.counts[name] for name in wanted.counts}
        claim(
            f"{said}: keeps {found}, expected {dict(wanted.counts)}.",
            holds=found == wanted.counts,
            mend="Give a number for every unit; ties are broken by the host.",
        )
    mend = "Draw from subject.generator alone."
    claim_equal(f"{said}: two tries must choose the same", other.mask, one.mask, 0.0, mend)


def check_degenerate_input(owner: type[Method]) -> None:
    """Check that dead layers, one class, one batch and one image give an answer or an error."""
    method = owner()
    rounds = asked(method)
    for case in cases():
        found = attempt(method, rounds, case)
        said = f"{owner.__name__}, plain network with {case.name}, density {DENSITY:g}"
        if isinstance(found, str):
            continue
        odd = [n for n, t in found.network.state_dict().items() if not bool(t.isfinite().all())]
        claim(
            f"{said}: {', '.join(odd)} are not finite afterwards.",
            holds=not odd,
            mend="Guard divisions, or raise an IncompatibleError that says what is missing.",
        )


def asked(method: Method) -> tuple[Round, ...]:
    """Give the rounds to half the weights."""
    rounds = unrolled(method, layout_for(method), Density(DENSITY))
    claim_applies(f"does not take density {DENSITY:g}", holds=bool(rounds))
    return rounds or ()


def cases() -> list[Case]:
    """List the degenerate inputs."""
    return [
        Case("a dead first layer", dead(PLAIN.build(), "conv1", "bn1"), Scene()),
        Case("a dead last layer", dead(PLAIN.build(), "fc"), Scene()),
        Case("images of one class", PLAIN.build(), Scene(classes=1)),
        Case("one batch of images", PLAIN.build(), Scene(images=20)),
        Case("one image", PLAIN.build(), Scene(images=1)),
    ]


@torch.no_grad()
def dead(network: nn.Module, *modules: str) -> nn.Module:
    """Change every parameter of some modules to zero."""
    for name in modules:
        for parameter in network.get_submodule(name).parameters():
            parameter.zero_()
    return network


@torch.no_grad()
def level() -> nn.Module:
    """Build the plain network with every kernel of one value, and fresh batch norms."""
    network = PLAIN.build(fresh=True)
    for _, kernel in kernels(network):
        kernel.weight.fill_(0.1)
    for _, norm in norms(network):
        norm.weight.fill_(1.0)
    return network


def attempt(method: Method, rounds: tuple[Round, ...], case: Case) -> Pruned | str:
    """Prune a degenerate input; an error of prunebench's own kind is an answer too."""
    try:
        found = carried_out(
            method, Density(DENSITY), rounds, network=case.network, scene=case.scene
        )
    except PrunebenchError as error:
        text = str(error)
        claim(
            f"{type(method).__name__}, plain network with {case.name}: raises {text}",
            holds="NaN" not in text and "score() must give" not in text,
            mend="Guard divisions, or raise an IncompatibleError that says what is missing.",
        )
        return text
    except Exception as error:
        claim(
            f"{type(method).__name__}, plain network with {case.name}: raises "
            f"{type(error).__name__}: {error}.",
            holds=False,
            mend="Give scores, or raise an IncompatibleError that says what is missing.",
        )
        raise AssertionError from error  # a claim that does not hold has raised
    return found


def check_float64(owner: type[Method]) -> None:
    """Check that a network in double precision is scored as it is in single, or nearly."""
    method, double = owner(), PLAIN.build().double()
    try:
        found = score(method, double)
    except PrunebenchError as error:
        claim_applies(f"refuses double precision: {error}", holds=False)
        return
    except RuntimeError as error:
        claim(
            f"{owner.__name__}.score fails on the plain network in double precision: {error}.",
            holds=False,
            mend="Create tensors like those you are given: torch.zeros_like, tensor.to(other).",
        )
        return
    claim_fit(f"{owner.__name__}.score in double precision", method, found, PLAIN)
    if not draws_at_random(owner):
        single: Mapping[str, torch.Tensor] = score(owner(), PLAIN.build())
        message = f"{owner.__name__}.score must give nearly the same in double precision"
        mend = "Look for sums that lose digits in single precision."
        claim_equal(message, found, {n: t.double() for n, t in single.items()}, NEARLY, mend)


CHECKS = (check_ties, check_degenerate_input, check_float64)
