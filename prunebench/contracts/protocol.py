"""Retraining protocols as data: where training starts, how long it lasts, at which rate."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Start(StrEnum):
    """Which weights the survivors get.

    ``TRAINED``: what the last round scored, after `reconstruct`. ``REWIND``: the dense net at the
    recipe's rewind point. ``REDRAW``: a fresh draw of the dense net, cut or masked. ``NARROW``: the
    cut net's own initialisation (for a mask: a fresh draw, masked).
    """

    TRAINED = "trained"
    REWIND = "rewind"
    REDRAW = "redraw"
    NARROW = "narrow"


class Budget(StrEnum):
    """How long the survivors train.

    ``NONE``: not at all. ``FINETUNE``: the recipe's short fine-tuning. ``SAME_EPOCHS``: as long as
    the dense net. ``SAME_COMPUTE``: floor(E · min(R, cap)) epochs, R = dense / kept multiply-adds.
    """

    NONE = "none"
    FINETUNE = "finetune"
    SAME_EPOCHS = "same-epochs"
    SAME_COMPUTE = "same-compute"


@dataclass(frozen=True)
class Protocol:
    """One way to retrain.

    Parameters
    ----------
    name
        Public id.
    start, budget
        See `Start` and `Budget`.
    paper
        Source of the definition.
    settings
        Names of the fields below that people may change as ``name[key=value]``.
    length, lr
        FINETUNE only: override the recipe's; shown in every table that uses them.
    cap
        SAME_COMPUTE only: upper bound of R; ``"recipe"`` takes the recipe's, ``"none"`` lifts it.
    add_finetune
        SAME_COMPUTE only: add the fine-tuning length to the budget.
    scale
        REDRAW only: ``"same"`` distribution as the dense net's, or ``"sparse-he"``: each kernel
        from N(0, 2 / n), n = kept weights of the layer / input channels (Liu et al.'s code).
    recalibrate
        Budget NONE only: measure the batch norms' statistics anew, which are those of the network
        before it was pruned.
    images
        Training images for that.
    draws
        REDRAW and NARROW only: independent draws per seed.
    """

    name: str
    start: Start
    budget: Budget
    paper: str
    settings: tuple[str, ...] = ()
    length: int | None = None
    lr: float | None = None
    cap: float | Literal["recipe", "none"] = "recipe"
    add_finetune: bool = False
    scale: Literal["same", "sparse-he"] = "same"
    recalibrate: bool = False
    images: int = 1000
    draws: int = 1
