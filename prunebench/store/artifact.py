"""What a stage leaves: named tensors and a record."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from prunebench.core.digest import Json


@dataclass(frozen=True)
class Artifact:
    """The outcome of one stage.

    Parameters
    ----------
    record
        Measurements and facts, as JSON; ``record["status"]`` is ``"ok"``, ``"diverged"`` or
        ``"collapsed"``.
    tensors
        CPU tensors by name, ``group/name`` such as ``"last/conv1.weight"``; may be dropped later.
    """

    record: Mapping[str, Json]
    tensors: Mapping[str, Tensor] = field(default_factory=dict)

    def part(self, group: str) -> dict[str, Tensor]:
        """Give the tensors of one group, by name without the group."""
        prefix = f"{group}/"
        return {
            name[len(prefix) :]: tensor
            for name, tensor in self.tensors.items()
            if name.startswith(prefix)
        }


def grouped(**groups: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Name tensors ``group/name``; the inverse of `Artifact.part`.

    A tensor that stands in several groups is copied, as safetensors wants every one by itself.
    """
    found: dict[str, Tensor] = {}
    seen: set[int] = set()
    for group, tensors in groups.items():
        for name, tensor in tensors.items():
            place = tensor.data_ptr()
            found[f"{group}/{name}"] = (tensor.clone() if place in seen else tensor).contiguous()
            seen.add(place)
    return found
