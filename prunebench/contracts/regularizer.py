"""The contract of a regularizer: what a method adds to its own dense training."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, dataclass_transform

from torch import Tensor, nn

from prunebench.contracts.settings import freeze, setting
from prunebench.core.layout import ChannelGroup


@dataclass_transform(frozen_default=True, field_specifiers=(setting,))
class Regularizer:
    """A term that a method adds to its own dense training; its fields alone enter the key.

    Annotated class attributes with defaults are its settings; subclasses become frozen dataclasses.
    It holds no state: what a run needs beyond the weights it registers as buffers in `attach`, so
    that it is saved, resumed and selected with them. Every method gets the dense network and the
    channel groups in play.
    """

    version: ClassVar[int] = 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        freeze(cls)

    def attach(self, network: nn.Module, groups: Sequence[ChannelGroup]) -> None:
        """Change a dense network before training: register buffers, hooks; nothing by default.

        A buffer may require a gradient; the optimiser never sees it.
        """

    def penalty(self, network: nn.Module, groups: Sequence[ChannelGroup]) -> Tensor | None:  # noqa: ARG002 - the contract's no-op
        """Give a scalar to add to the loss, or None."""
        return None

    def after_step(self, network: nn.Module, groups: Sequence[ChannelGroup], lr: float) -> None:
        """Change the network after each optimiser step, such as by a proximal update.

        Parameters
        ----------
        network
            With the gradients of the step on its buffers; those of its parameters are gone.
        groups
            Channel groups in play.
        lr
            Learning rate of the step.
        """

    def fold(self, network: nn.Module, groups: Sequence[ChannelGroup]) -> None:
        """Change an attached network back to a plain one that computes the same."""


@dataclass(frozen=True)
class Search:
    """How a method that finds its size itself is brought near a density.

    One setting of its regularizer is bisected on a logarithmic scale over short trainings from the
    same initialisation. In a short training the value is as much stronger as the training is
    shorter, so that what acts on the network, summed over the steps, is that of the whole one.

    Parameters
    ----------
    setting
        Field of the regularizer; a larger value gives a smaller network.
    low, high
        Where to look.
    runs
        Short trainings.
    length
        Length of each as a fraction of the dense training's, in (0, 1].
    least
        Optimiser steps of each at least, as far as the dense training has them: what a strong pull
        does to a network in a few hundred steps says little of a weaker one in more.
    """

    setting: str
    low: float
    high: float
    runs: int = 8
    length: float = 0.25
    least: int = 2000

    def steps(self, whole: int) -> int:
        """Give the steps of a short training, where the dense one takes `whole`."""
        return min(whole, max(round(whole * self.length), self.least))
