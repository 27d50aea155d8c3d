"""Safetensors files of strangers: the header checked, the digest of their tensors computed anew."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from prunebench.bundle.forms.strict import finite, refuse_constant, unique
from prunebench.core.digest import KEY_LENGTH

LARGEST_HEADER = 4 * 2**20

KINDS: Mapping[str, tuple[str, str]] = {
    "BOOL": ("torch.bool", "?"),
    "U8": ("torch.uint8", "u1"),
    "I8": ("torch.int8", "i1"),
    "I16": ("torch.int16", "<i2"),
    "I32": ("torch.int32", "<i4"),
    "I64": ("torch.int64", "<i8"),
    "F16": ("torch.float16", "<f2"),
    "F32": ("torch.float32", "<f4"),
    "F64": ("torch.float64", "<f8"),
}
"""Names of types in the file, in torch and in numpy."""


@dataclass(frozen=True)
class Stored:
    """One tensor in a file: its type, its shape, where its bytes are."""

    kind: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def length(self) -> int:
        """Bytes that type and shape ask for."""
        return prod(self.shape) * np.dtype(KINDS[self.kind][1]).itemsize


def weights_digest(data: bytes) -> str:
    """Compute the digest of a file's tensors, as a row's ``weights_digest`` is.

    Raises
    ------
    ValueError
        If the file is damaged, or has a type without a counterpart in numpy, such as bfloat16.
    """
    tensors, body = layout(data)
    total = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        total.update(f"{name}:{KINDS[tensor.kind][0]}:{tensor.shape};".encode())
        total.update(body[tensor.begin : tensor.end])
    return total.hexdigest()[:KEY_LENGTH]


def layout(data: bytes) -> tuple[dict[str, Stored], memoryview]:
    """Read the header of a file; its tensors must lie one behind the other to its end.

    Raises
    ------
    ValueError
        If they do not, or the header is none.
    """
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or not 0 < length <= min(len(data) - 8, LARGEST_HEADER):
        msg = f"its header announces {length} bytes in a file of {len(data)}"
        raise ValueError(msg)
    try:
        said = json.loads(
            data[8 : 8 + length],
            object_pairs_hook=unique,
            parse_constant=refuse_constant,
            parse_float=finite,
        )
    except RecursionError:
        msg = "its header is nested too deeply"
        raise ValueError(msg) from None
    if not isinstance(said, dict):
        msg = "its header is no table of tensors"
        raise ValueError(msg)
    tensors = {name: stored(name, told) for name, told in said.items() if name != "__metadata__"}
    body = memoryview(data)[8 + length :]
    refuse_holes(tensors, len(body))
    return tensors, body


def stored(name: str, told: Any) -> Stored:
    """Read what a header says of one tensor.

    Raises
    ------
    ValueError
        If it says something else than type, shape and place, or a type that numpy has not.
    """
    if not isinstance(told, dict) or told.keys() != {"dtype", "shape", "data_offsets"}:
        msg = f"{name[:60]!a} has no dtype, shape and data_offsets"
        raise ValueError(msg)
    kind, shape, place = told["dtype"], told["shape"], told["data_offsets"]
    if kind not in KINDS if isinstance(kind, str) else True:
        msg = f"{name[:60]!a} is of type {str(kind)[:20]!a}; save it as one of {', '.join(KINDS)}"
        raise ValueError(msg)
    if not (whole(shape) and whole(place) and len(place) == 2 and len(shape) <= 16):
        msg = f"{name[:60]!a} has a shape or a place that is no list of whole numbers"
        raise ValueError(msg)
    return Stored(kind, tuple(shape), *place)


def whole(numbers: Any) -> bool:
    """Say whether something is a list of whole numbers from 0."""
    return isinstance(numbers, list) and all(type(n) is int and 0 <= n < 2**40 for n in numbers)


def refuse_holes(tensors: Mapping[str, Stored], size: int) -> None:
    """Refuse tensors that overlap, leave a gap, or have other bytes than type and shape ask for.

    Raises
    ------
    ValueError
        With the first.
    """
    for name, tensor in tensors.items():
        if tensor.end - tensor.begin != tensor.length:
            msg = f"{name[:60]!a} has {tensor.end - tensor.begin} bytes, not {tensor.length}"
            raise ValueError(msg)
    places = sorted((tensor.begin, tensor.end) for tensor in tensors.values())
    ends = [(0, 0), *places, (size, size)]
    if any(first[1] != second[0] for first, second in pairwise(ends)):
        msg = "its tensors overlap, leave a gap, or do not end with the file"
        raise ValueError(msg)
