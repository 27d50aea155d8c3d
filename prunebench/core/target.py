"""How much is to be kept: a density, a plan of integers, or what the method finds itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from prunebench.errors import SpecError

Measure: TypeAlias = Literal["params", "macs", "units"]
"""What a density counts: prunable parameters, multiply-adds, or units of the granularity."""


@dataclass(frozen=True)
class Density:
    """Keep a fraction of the prunable set.

    Parameters
    ----------
    value
        Kept fraction in (0, 1].
    of
        What is counted; ``"params"`` makes rows comparable across granularities.

    Raises
    ------
    SpecError
        If `value` lies outside (0, 1].
    """

    value: float
    of: Measure = "params"

    def __post_init__(self) -> None:
        if not 0.0 < self.value <= 1.0:
            msg = f"density must lie in (0, 1], got {self.value}; write 0.15 for 15 % kept."
            raise SpecError(msg)

    @property
    def label(self) -> str:
        """The target as tables print it, such as ``0.2`` or ``0.2 of macs``."""
        return f"{self.value:g}" if self.of == "params" else f"{self.value:g} of {self.of}"


@dataclass(frozen=True)
class Plan:
    """Keep an integer number of units per layer or group, as a paper's recipe writes it.

    Parameters
    ----------
    name
        The plan's published name, such as ``"resnet56-b"``.
    kept
        Kept units by layer or group name; whole groups included.
    """

    name: str
    kept: Mapping[str, int]

    @property
    def label(self) -> str:
        """The plan's name."""
        return self.name


@dataclass(frozen=True)
class Automatic:
    """Let the method find the size; the achieved value is measured and printed."""

    label: str = "automatic"


Target: TypeAlias = Density | Plan | Automatic
"""What a person asks of a method: a size, published widths, or what it finds itself."""
