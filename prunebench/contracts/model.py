"""The contract of a model: build it, initialise it, say which channels belong together."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias, dataclass_transform

import torch
from torch import Tensor, nn

from prunebench.contracts.settings import freeze, setting
from prunebench.core.initialise import kaiming_normal
from prunebench.core.layout import ChannelGroup
from prunebench.errors import IncompatibleError

Shape: TypeAlias = tuple[int, int, int]
"""Channels, height, width of one image."""


@dataclass_transform(frozen_default=True, field_specifiers=(setting,))
class Model(ABC):
    """A network family.

    Subclasses become frozen dataclasses of their settings, written as ``name[key=value]``.

    Attributes
    ----------
    name, paper
        Public id and source.
    version
        Raise it when the same settings give another network or initialisation.
    """

    name: ClassVar[str]
    paper: ClassVar[str]
    version: ClassVar[int] = 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        freeze(cls)

    @abstractmethod
    def build(self, shape: Shape, classes: int) -> nn.Module:
        """Build the dense network for images of `shape`; planning calls it on the meta device.

        Raises
        ------
        IncompatibleError
            If the network cannot take such images or so many classes.
        """

    def initialise(self, network: nn.Module, generator: torch.Generator) -> None:
        """Change `network`, dense or cut, to a fresh draw of its own distribution.

        Kaiming normal (fan in) unless overridden; batch norms start at scale 1 and shift 0.
        """
        kaiming_normal(network, generator)

    def pretrained(self, network: nn.Module) -> Mapping[str, Tensor]:  # noqa: ARG002
        """Give published weights for a dense network, by name; they may be downloaded.

        Raises
        ------
        IncompatibleError
            If there are none for such a network.
        """
        msg = f"{self.name} has no published weights; give a safetensors file with --weights."
        raise IncompatibleError(msg)

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...] | None:  # noqa: ARG002
        """Declare the channel groups of a dense network.

        None, the default, lets the host trace them; a declaration is exact, quicker, and the only
        way to selections and blocks. An empty tuple says that there are none.
        """
        return None
