"""``SHA256SUMS``: what the members hold, and the bundle's address, which is its digest."""

import hashlib
import re
from collections.abc import Iterator, Mapping

from prunebench.bundle.finding import MEND, Finding
from prunebench.bundle.names import SUMS

SHORT = 16
"""Digits of the address in a bundle's file name."""


def sums(contents: Mapping[str, bytes]) -> bytes:
    """Write the digests of all members but the sums themselves, as ``sha256sum`` does."""
    lines = [
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in sorted(contents.items())
        if name != SUMS
    ]
    return "".join(lines).encode()


def address(contents: Mapping[str, bytes]) -> str:
    """Give a bundle's address: the SHA-256 of its sums."""
    return hashlib.sha256(contents[SUMS]).hexdigest()


def file_name(suite: str, address: str) -> str:
    """Give the name of a bundle's file; one without a suite is ``own``.

    >>> file_name("tiny@1.0", "0123456789abcdef" * 4)
    'tiny-1.0-0123456789abcdef.zip'
    """
    slug = re.sub(r"[^a-z0-9.]+", "-", suite.lower()).strip("-.")[:60]
    return f"{slug or 'own'}-{address[:SHORT]}.zip"


def check_sums(contents: Mapping[str, bytes]) -> Iterator[Finding]:
    """Find members that are not what the sums say, and sums that are not written as they must."""
    if SUMS not in contents:
        return
    expected = sums(contents)
    if contents[SUMS] == expected:
        return
    said, true = parsed(contents[SUMS]), parsed(expected)
    for name in sorted(true):
        if said.get(name) != true[name]:
            told = said.get(name, "nothing")
            msg = f"its SHA-256 is {true[name][:16]}..., and {SUMS} has {told[:16]!a}; {MEND}."
            yield Finding(name, "sha256", told[:64], true[name], msg)
    if all(said.get(name) == true[name] for name in true):
        msg = f"it must have one line for each member, in order, and nothing else; {MEND}."
        yield Finding(SUMS, "lines", "others", f"{len(true)} lines", msg)


def parsed(text: bytes) -> dict[str, str]:
    """Read the lines of sums, as far as they are such."""
    pairs = (line.partition("  ") for line in text.decode("latin-1").splitlines())
    return {name: digest for digest, _, name in pairs}
