"""What is removed, and against what it is ranked."""

from enum import StrEnum
from typing import Literal, TypeAlias


class Granularity(StrEnum):
    """What a method removes."""

    WEIGHT = "weight"
    CHANNEL = "channel"


Scope: TypeAlias = Literal["layer", "global"]
"""Whether units are ranked within each layer or group, or all together."""
