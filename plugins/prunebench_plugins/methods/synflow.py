from typing import Literal

import torch
from torch import nn
from torch.func import functional_call

from prunebench.api import (
    Density,
    Granularity,
    Layout,
    Method,
    Round,
    Scores,
    Subject,
    Target,
    allocate,
    hookimpl,
    setting,
)
from prunebench.errors import IncompatibleError, SpecError


class SynFlow(Method):
    """Before training and without data, remove the weights that pass on the least flow.

    Tanaka et al. 2020, section 6 and algorithm 1: R is the summed output of the network for an
    image of ones, all parameters made positive; the score is |w| · dR/d|w|. In a network without
    biases the scores of each layer sum up to R, so the fewer weights a layer has left the higher
    they score, and none is emptied early, if only the density falls in many small steps.
    """

    name = "synflow"
    paper = "Tanaka et al. 2020, Pruning Neural Networks without Any Data, section 6, algorithm 1"
    granularity = Granularity.WEIGHT
    scores_at = "init"

    rounds: int = setting(100, "steps, each of which keeps the same fraction of what is left")
    scope: Literal["layer", "global"] = setting("global", "rank within each layer or all together")
    min_keep: int = setting(0, "weights of each layer that always stay")

    def __post_init__(self) -> None:
        if self.rounds < 1:
            msg = f"synflow[rounds] must be at least 1, got {self.rounds}."
            raise SpecError(msg)

    def schedule(self, layout: Layout, target: Target) -> tuple[Round, ...]:
        if not isinstance(target, Density):
            msg = "synflow takes densities, which it approaches in steps."
            raise IncompatibleError(msg)
        steps = [target.value ** (k / self.rounds) for k in range(1, self.rounds)]
        return tuple(
            Round(allocate(layout, density, self.granularity, self.scope, self.floor))
            for density in (*(Density(step, target.of) for step in steps), target)
        )

    def refuses(self, network: nn.Module) -> str:
        for name, module in network.named_modules():
            if isinstance(module, nn.Hardtanh | nn.Hardsigmoid):
                return (
                    f"synflow needs activations without an upper bound, and {name!r} is a "
                    f"{type(module).__name__}; take snip instead."
                )
        return ""

    def score(self, subject: Subject) -> Scores:
        # In double precision: R grows with every layer's width, beyond what single can hold.
        state = {
            name: tensor.detach().abs().double()
            for name, tensor in subject.model.state_dict().items()
            if tensor.is_floating_point()
        }
        kernels = {name: state[f"{name}.weight"].requires_grad_() for name in subject.weights}
        images, _ = next(subject.batches(1))
        flow = functional_call(subject.model, state, torch.ones_like(images[:1]).double()).sum()
        slopes = torch.autograd.grad(flow, list(kernels.values()))
        scores = {
            name: kernel.detach() * slope
            for (name, kernel), slope in zip(kernels.items(), slopes, strict=True)
        }
        if all(bool(kept.all()) for kept in subject.alive.values()):
            check_flow(scores)
        return scores


def check_flow(scores: Scores) -> None:
    """Check that flow passes through every layer of a whole network.

    Raises
    ------
    IncompatibleError
        If it does not, as behind an activation with an upper bound, which it drives to its bound.
    """
    stopped = [name for name, score in scores.items() if not bool(score.any())]
    if stopped:
        msg = (
            f"synflow: no weight of {stopped[0]!r} changes the flow; it needs activations without "
            f"an upper bound, unlike ReLU6; take snip instead."
        )
        raise IncompatibleError(msg)


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [SynFlow]
