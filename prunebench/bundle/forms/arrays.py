"""``.npz`` files of declared arrays: no pickles, and no byte that is not declared."""

import io
import struct
from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from prunebench.bundle.packing.container import STORED, DamagedError, content, directory, pack

MAGIC = b"\x93NUMPY\x01\x00"
ALIGNED = 64

Declared = Mapping[str, tuple[str, tuple[int, ...]]]
"""Type (``"<i2"``) and shape of every array by name."""


def write_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """Write arrays as an ``.npz`` file; equal arrays give equal bytes.

    Nothing is compressed: the archive around it does that, and the address must not depend on a
    version of zlib.
    """
    file = io.BytesIO()
    contents = {
        f"{name}.npy": header(array.dtype.str, array.shape) + np.ascontiguousarray(array).tobytes()
        for name, array in arrays.items()
    }
    pack(contents, file, method=STORED)
    return file.getvalue()


def header(kind: str, shape: Sequence[int]) -> bytes:
    """Write what stands before an array's numbers: format 1.0, in C order.

    Not left to numpy, whose padding has changed between versions.
    """
    text = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    length = len(MAGIC) + 2 + len(text) + 1
    text += " " * (-length % ALIGNED) + "\n"
    return MAGIC + struct.pack("<H", len(text)) + text.encode("ascii")


def read_arrays(data: bytes, declared: Declared) -> dict[str, NDArray[np.generic]]:
    """Read arrays, each exactly of the declared type and shape.

    Raises
    ------
    ValueError
        If the file has other members, or an array is another one.
    """
    file = io.BytesIO(data)
    members = directory(file, len(data), len(declared))
    expected = sorted(f"{name}.npy" for name in declared)
    if [member.name for member in members] != expected:
        names = ", ".join(ascii(member.name[:60]) for member in members)
        msg = f"it holds {names or 'nothing'}, and must hold {', '.join(expected)}"
        raise DamagedError(msg)
    place = 0
    found: dict[str, NDArray[np.generic]] = {}
    for member in members:
        if not member.is_plain or member.method != STORED or member.start != place:
            msg = f"{member.name} is not stored as numpy.savez does: plain, one behind the other"
            raise DamagedError(msg)
        if member.size > len(data):
            msg = f"{member.name} announces {member.size} bytes in a file of {len(data)}"
            raise DamagedError(msg)
        place = member.end
        name = member.name.removesuffix(".npy")
        found[name] = array(content(file, member), name, *declared[name])
    return found


def array(data: bytes, name: str, kind: str, shape: tuple[int, ...]) -> NDArray[np.generic]:
    """Read one array; its header is compared before anything is made of it.

    Raises
    ------
    ValueError
        If type, shape or length are not the declared ones.
    """
    head = header(kind, shape)
    if not data.startswith(head):
        msg = f"{name} is {told(data)}, and must be of type {kind!r} and shape {shape}"
        raise DamagedError(msg)
    body = memoryview(data)[len(head) :]
    if len(body) != prod(shape) * np.dtype(kind).itemsize:
        msg = f"{name} has {len(body)} bytes, and its shape {shape} of {kind!r} another number"
        raise DamagedError(msg)
    return np.frombuffer(body, dtype=kind).reshape(shape)


def told(data: bytes) -> str:
    """Say what a strange array's header tells; an object array would be a pickle."""
    text = data[len(MAGIC) + 2 : 200].split(b"\n")[0].decode("latin-1").strip()
    if not data.startswith(MAGIC):
        return "no array of format 1.0"
    if "'|O'" in text or "'O'" in text:
        return "an array of objects, which would have to be unpickled"
    return f"announced as {text[:100]!a}"
