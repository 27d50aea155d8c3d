"""The container: a plain ZIP of which every byte is accounted for.

`zipfile` is made to read whatever can be read: data before the archive and behind it, names that
lead out of it, two members of one name, headers that contradict each other. A bundle has none of
it, so its directory is read here, and every header must be, byte for byte, what `pack` would have
written for that member. What is not in the headers is compressed data, and its length and checksum
are compared.
"""

import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

STORED, DEFLATED = 0, 8
VERSION = 20
SYSTEM = 3 << 8
"""Unix, whatever packs it: without it the attributes mean nothing."""

REGULAR = 0o100644 << 16
MIDNIGHT = (0, 0x21)
"""1 January 1980, the first day that a ZIP knows."""

LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")
SIGNATURES = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
LONGEST_NAME = 200
LARGEST = 2**32 - 1
"""Beyond it a ZIP needs other headers."""


@dataclass(frozen=True)
class Member:
    """What the directory says of one member.

    Parameters
    ----------
    name
        As it stands there.
    method
        How it is compressed.
    checksum
        CRC-32 of the content.
    packed, size
        Bytes in the file, and of the content.
    start
        Where its local header begins.
    flags, attributes
        0, and those of a regular file; anything else is refused.
    """

    name: str
    method: int
    checksum: int
    packed: int
    size: int
    start: int
    flags: int = 0
    attributes: int = REGULAR

    @property
    def is_plain(self) -> bool:
        """Whether it is a regular file without encryption or other marks."""
        return self.flags == 0 and self.attributes == REGULAR

    @property
    def local_header(self) -> bytes:
        """What stands before its data."""
        name = self.name.encode("latin-1")
        sizes = (self.checksum, self.packed, self.size)
        head = (SIGNATURES[0], VERSION, 0, self.method, *MIDNIGHT, *sizes, len(name), 0)
        return LOCAL.pack(*head) + name

    @property
    def central_header(self) -> bytes:
        """What stands in the directory."""
        name = self.name.encode("latin-1")
        sizes = (self.checksum, self.packed, self.size)
        versions = (SYSTEM | VERSION, VERSION, 0, self.method)
        rest = (len(name), 0, 0, 0, 0, REGULAR, self.start)
        return CENTRAL.pack(SIGNATURES[1], *versions, *MIDNIGHT, *sizes, *rest) + name

    @property
    def end(self) -> int:
        """Where its data end."""
        return self.start + len(self.local_header) + self.packed


def closing(count: int, size: int, start: int) -> bytes:
    """Give what stands behind a directory of that many entries and bytes."""
    return END.pack(SIGNATURES[2], 0, 0, count, count, size, start, 0)


def directory_size(members: Iterable[Member]) -> int:
    """Count the bytes of a directory and of what stands behind it."""
    return sum(len(member.central_header) for member in members) + END.size


def pack(contents: Mapping[str, bytes], file: BinaryIO, *, method: int = DEFLATED) -> None:
    """Write a ZIP: members in order of their names, nothing that depends on when or where.

    Raises
    ------
    ValueError
        If it is larger than a plain ZIP can be.
    """
    members: list[Member] = []
    start = 0
    for name, content in sorted(contents.items()):
        data = compressed(content) if method == DEFLATED else content
        sizes = (zlib.crc32(content), len(data), len(content))
        members.append(Member(name, method, *sizes, start))
        start = members[-1].end
        if max(start, len(content)) > LARGEST:
            msg = f"{name} does not fit into a ZIP of 4 GiB; leave the weights out."
            raise ValueError(msg)
        file.write(members[-1].local_header)
        file.write(data)
    directory = b"".join(member.central_header for member in members)
    file.write(directory + closing(len(members), len(directory), start))


def compressed(content: bytes) -> bytes:
    """Deflate without any header of its own."""
    stream = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return stream.compress(content) + stream.flush()


class DamagedError(ValueError):
    """A container is not what `pack` writes; the message says in what."""


def directory(file: BinaryIO, size: int, largest: int) -> tuple[Member, ...]:
    """Read the directory of a container, and nothing else.

    Parameters
    ----------
    file, size
        The container, and its length.
    largest
        Number of members that are read.

    Raises
    ------
    DamagedError
        If it is cut off, has something before or behind it, or is no ZIP at all.
    """
    count, length, start = ending(file, size, largest)
    file.seek(start)
    text = file.read(length)
    members: list[Member] = []
    place = 0
    while place < length:
        member = entry(text, place)
        members.append(member)
        place += CENTRAL.size + len(member.name)
    if len(members) != count:
        msg = f"its directory has {len(members)} entries and announces {count}"
        raise DamagedError(msg)
    return tuple(members)


def ending(file: BinaryIO, size: int, largest: int) -> tuple[int, int, int]:
    """Read number of members, length and start of the directory from the last bytes."""
    head = file.read(4)
    if size < END.size or head not in (SIGNATURES[0], SIGNATURES[2]):
        msg = "it does not begin as a ZIP does: another kind of file, or something stands before it"
        raise DamagedError(msg)
    file.seek(size - END.size)
    tail = file.read(END.size)
    _, _, _, _, count, length, start, _ = END.unpack(tail)
    if tail != closing(count, length, start):
        msg = "it does not end as a bundle does: it is cut off, or something was appended"
        raise DamagedError(msg)
    if count > largest:
        msg = f"it has {count} members, and at most {largest} are read"
        raise DamagedError(msg)
    if start + length + END.size != size or length > count * (CENTRAL.size + LONGEST_NAME):
        msg = "its directory is not where it says, or has more in it than names and sizes"
        raise DamagedError(msg)
    return count, length, start


def entry(text: bytes, place: int) -> Member:
    """Read one entry of a directory.

    Raises
    ------
    DamagedError
        If it is none, or says more than `pack` writes.
    """
    head = text[place : place + CENTRAL.size]
    if len(head) < CENTRAL.size or head[:4] != SIGNATURES[1]:
        msg = f"its directory is damaged at byte {place}"
        raise DamagedError(msg)
    _, _, _, flags, method, _, _, checksum, packed, size, *rest = CENTRAL.unpack(head)
    length, _, _, _, _, attributes, start = rest
    name = text[place + CENTRAL.size : place + CENTRAL.size + length].decode("latin-1")
    found = Member(name, method, checksum, packed, size, start, flags, attributes)
    if len(name) < length or (found.is_plain and found.central_header[: CENTRAL.size] != head):
        msg = f"the directory says more of {name[:60]!a} than name, sizes and checksum"
        raise DamagedError(msg)
    return found


def content(file: BinaryIO, member: Member) -> bytes:
    """Read one member, never more than it announces.

    Raises
    ------
    DamagedError
        If its data are not what its headers say.
    """
    file.seek(member.start)
    header = file.read(len(member.local_header))
    if header != member.local_header:
        msg = "its two headers contradict each other"
        raise DamagedError(msg)
    data = file.read(member.packed)
    found = inflated(data, member.size) if member.method == DEFLATED else data
    if len(found) != member.size:
        msg = f"it has another length than the {member.size} bytes that it announces"
        raise DamagedError(msg)
    if zlib.crc32(found) != member.checksum:
        msg = "its checksum (CRC-32) is not that of its content"
        raise DamagedError(msg)
    return found


def inflated(data: bytes, size: int) -> bytes:
    """Decompress up to one byte more than announced.

    Raises
    ------
    DamagedError
        If the data are damaged, go on behind their end, or are more than announced.
    """
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        found = stream.decompress(data, size + 1)
    except zlib.error as error:
        msg = f"its data cannot be decompressed ({error})"
        raise DamagedError(msg) from None
    if len(found) > size or not stream.eof or stream.unused_data:
        msg = f"its data go on, or end, elsewhere than after the {size} bytes that it announces"
        raise DamagedError(msg)
    return found
