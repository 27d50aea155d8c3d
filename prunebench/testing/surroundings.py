"""What scoring must leave as it was: the network, and the process around it."""

import random
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from prunebench.contracts.method import Method
from prunebench.testing.claim import claim, claim_equal
from prunebench.testing.networks import PLAIN
from prunebench.testing.pruning import (
    attempts,
    full,
    in_play,
    score,
    select_round,
)
from prunebench.testing.tiny import Scene, make_subject

MEND = "Work on a copy (copy.deepcopy), on torch.autograd.grad, and take every hook off again."


def check_model_untouched(owner: type[Method]) -> None:
    """Check that scoring and repairing leave weights, buffers, gradients, modes, hooks alone."""
    method = owner()
    network = PLAIN.build()
    before, traces = copied(network), footprint(network)
    score(method, network)
    claim_untouched(f"{owner.__name__}.score", network, before, traces)
    rounds = next(iter(attempts(method)), ())
    if not rounds:
        return
    mask = select_round(method, rounds[0], full(method)).mask
    subject = make_subject(network, in_play(method), Scene(keep=rounds[0].keep))
    method.reconstruct(subject, mask)
    claim_untouched(f"{owner.__name__}.reconstruct", network, before, traces)


def claim_untouched(
    who: str,
    network: nn.Module,
    before: Mapping[str, Tensor],
    traces: Mapping[str, object],
) -> None:
    """Claim that a network is what it was."""
    message = f"{who} must leave the network alone (plain network)"
    claim_equal(message, network.state_dict(), before, 0.0, MEND)
    now = footprint(network)
    left = [name for name, found in traces.items() if now[name] != found]
    claim(f"{who} leaves {', '.join(left)} behind (plain network).", holds=not left, mend=MEND)


def copied(network: nn.Module) -> dict[str, Tensor]:
    """Copy a network's state."""
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def footprint(network: nn.Module) -> dict[str, object]:
    """Give what scoring may leave behind, by what it is called."""
    hooks = [
        len(group)
        for module in network.modules()
        for name, group in vars(module).items()
        if name.endswith("_hooks") and isinstance(group, dict)
    ]
    return {
        "gradients": [p.grad is None for p in network.parameters()],
        "frozen parameters": [p.requires_grad for p in network.parameters()],
        "hooks": hooks,
        "another mode": [module.training for module in network.modules()],
    }


def check_process_untouched(owner: type[Method]) -> None:
    """Check that scoring leaves global generators and torch's global settings as they were."""
    before = surroundings()
    try:
        score(owner(), PLAIN.build())
        after = surroundings()
    finally:
        restore(before)
    changed = [name for name, found in before.items() if after[name] != found]
    told = ", ".join(f"{name}{contrasted(before[name], after[name])}" for name in changed)
    claim(
        f"{owner.__name__}.score changes {told} of the process (plain network).",
        holds=not changed,
        mend="Draw from subject.generator; set global switches in a with block that restores them.",
    )


def surroundings() -> dict[str, object]:
    """Give the state of the process that scoring has no business with."""
    state = np.random.get_state(legacy=False)  # noqa: NPY002 - the global one is what is watched
    return {
        "torch's generator": bytes(torch.get_rng_state().tolist()),
        "numpy's generator": repr(state),
        "random's generator": random.getstate(),
        "the default type": torch.get_default_dtype(),
        "the gradient mode": torch.is_grad_enabled(),
        "the number of threads": torch.get_num_threads(),
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
    }


def restore(before: Mapping[str, object]) -> None:
    """Bring back what can be brought back, so that the next check is not misled."""
    torch.set_default_dtype(before["the default type"])  # type: ignore[arg-type] # a dtype
    torch.set_grad_enabled(bool(before["the gradient mode"]))
    torch.set_num_threads(int(str(before["the number of threads"])))
    strict = bool(before["deterministic algorithms"])
    if strict != torch.are_deterministic_algorithms_enabled():  # setting it imports a compiler
        torch.use_deterministic_algorithms(strict)


def contrasted(before: object, after: object) -> str:
    """Say what a switch was and is; of a generator's state there is nothing to read."""
    texts = (str(before), str(after))
    return f" (found {texts[1]}, expected {texts[0]})" if max(map(len, texts)) <= 20 else ""


CHECKS = (check_model_untouched, check_process_untouched)
