"""Time a cut network: what enters the key of its stage."""

from prunebench.core.digest import Json
from prunebench.plan.problem import Problem
from prunebench.plan.stage import Stage

BATCHES = (1, 64)
"""Images at a time: one, as a camera sends them, and enough to keep the machine busy."""

WARM_UP = 5
"""Forward passes of each network before the first that counts."""

REPEATS = 30
"""Forward passes of each network that count."""


def latency_stage(problem: Problem, prune: str, machine: str, title: str) -> Stage:
    """Time a cut network beside its dense counterpart, with nothing else running.

    Weights do not matter to speed, so the mask is all that it reads.

    Parameters
    ----------
    problem
        Whose network.
    prune
        Key of the prune stage that says which channels stay.
    machine
        Digest of what decides speed here; another machine measures anew.
    title
        For the progress display.
    """
    spec: dict[str, Json] = {
        "model": dict(problem.model_spec),
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
    return Stage("latency", spec, (prune,), title)
