"""Digests of tensors: what was computed, whatever file it lies in."""

import hashlib
from collections.abc import Mapping

from torch import Tensor

from prunebench.core.digest import KEY_LENGTH


def tensors_digest(tensors: Mapping[str, Tensor]) -> str:
    """Hash names, types, shapes and bytes, in order of the names."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        total.update(f"{name}:{tensor.dtype}:{tuple(tensor.shape)};".encode())
        total.update(tensor.numpy().tobytes())
    return total.hexdigest()[:KEY_LENGTH]
