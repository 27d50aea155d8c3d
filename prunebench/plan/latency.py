"""Time a pruned network: what enters the key of its stage, and which masks are timed."""

from collections.abc import Mapping

from prunebench.core.digest import Json
from prunebench.core.granularity import Granularity
from prunebench.core.layout import Layout
from prunebench.plan.problem import Problem
from prunebench.plan.stage import Stage

BATCHES = (1, 64)
"""Images at a time: one, as a camera sends them, and enough to keep the machine busy."""

WARM_UP = 5
"""Forward passes of each network before the first that counts."""

REPEATS = 30
"""Forward passes of each network that count."""

RUN_UP = 1
"""Passes of a masked network right before each that counts, so that its weights are at hand again.

Networks that take turns push each other out of the caches, which meets them unequally: for 64
images LeNet-300-100 took 1.6 times as long as alone with 2 % of its weights, and dense 1.1 times.
"""

BACKENDS: Mapping[Granularity, str] = {Granularity.WEIGHT: "csr"}
"""What leaves out the zeros of a mask; channels are cut, and what is left is dense."""

LINEAR_HEAVY = 0.5
"""Masks are timed if linear layers that can be pruned hold this share of the multiply-adds.

Convolutions stay dense: below half, even linear layers that cost nothing would not make the network
twice as fast, and the time would tell of convolutions.
"""


def latency_stage(problem: Problem, by: tuple[Granularity, str], machine: str, title: str) -> Stage:
    """Time a pruned network beside its dense counterpart, with nothing else running.

    Weights do not matter to speed, so the mask is all that it reads.

    Parameters
    ----------
    problem
        Whose network.
    by
        What is pruned, and the key of the prune stage that says what stays.
    machine
        Digest of what decides speed here; another machine measures anew.
    title
        For the progress display.
    """
    granularity, prune = by
    spec: dict[str, Json] = {
        "model": problem.model_spec,
        "mask": prune,
        "device": problem.device,
        "precision": problem.recipe.precision,
        "channels_last": problem.recipe.channels_last,
        "threads": 1,
        "batches": list(BATCHES),
        "warmup": WARM_UP,
        "repeats": REPEATS,
        "environment": machine,
    }
    if granularity in BACKENDS:
        spec |= {"backend": BACKENDS[granularity], "run_up": RUN_UP}
    return Stage("latency", spec, (prune,), title)


def untimed(problem: Problem, granularity: Granularity) -> str:
    """Say why a pruned network would not be timed; empty where it is."""
    if granularity not in BACKENDS:
        return ""
    if problem.recipe.precision != "fp32":
        return f"CSR is timed in fp32 alone, and the recipe computes in {problem.recipe.precision}"
    share = linear_share(problem.layout)
    if share < LINEAR_HEAVY:
        return (
            f"only linear layers run as CSR, and those that can be pruned hold "
            f"{int(1000 * share) / 10:g} % of the multiply-adds; it is timed from "
            f"{100 * LINEAR_HEAVY:.0f} % on"
        )
    return ""


def linear_share(layout: Layout) -> float:
    """Give the share of the multiply-adds that linear layers of the prunable set hold."""
    held = sum(layer.macs for layer in layout.prunable if layer.kind == "linear")
    return held / layout.macs if layout.macs else 0.0
