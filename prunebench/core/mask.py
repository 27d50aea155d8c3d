"""Masks: which units are kept. Explicit tensors, never inferred from zeros."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor


class Mask(Mapping[str, Tensor]):
    """Kept units by name: True = kept.

    Parameters
    ----------
    tensors
        Boolean tensors; the shape of a kernel for weights, ``(channels,)`` for channel groups.

    Raises
    ------
    TypeError
        If a tensor is not boolean.
    """

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        for name, tensor in tensors.items():
            if tensor.dtype != torch.bool:
                msg = f"mask {name!r} must be boolean, got {tensor.dtype}"
                raise TypeError(msg)
        self._tensors = dict(tensors)

    @classmethod
    def full(cls, shapes: Mapping[str, tuple[int, ...]]) -> "Mask":
        """Keep everything."""
        return cls({name: torch.ones(shape, dtype=torch.bool) for name, shape in shapes.items()})

    def __getitem__(self, name: str) -> Tensor:
        return self._tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    @property
    def counts(self) -> dict[str, int]:
        """Kept units by name."""
        return {name: int(tensor.sum()) for name, tensor in self.items()}

    @property
    def size(self) -> int:
        """Units, kept or not."""
        return sum(tensor.numel() for tensor in self.values())

    @property
    def density(self) -> float:
        """Kept fraction of the units in [0, 1]; 1 for an empty mask."""
        return sum(self.counts.values()) / self.size if self.size else 1.0

    def within(self, other: "Mask") -> bool:
        """Say whether every unit kept here is kept in `other` too."""
        return all(bool((tensor <= other[name]).all()) for name, tensor in self.items())
