"""A bundle as a file: written once, read safely, known by its address."""

import io
from pathlib import Path

from prunebench.bundle.document import Bundle
from prunebench.bundle.finding import BundleError, refuse
from prunebench.bundle.forms.decoding import Decoding
from prunebench.bundle.forms.encoding import encode
from prunebench.bundle.limits import Limits
from prunebench.bundle.names import SUMS
from prunebench.bundle.packing.container import pack
from prunebench.bundle.packing.members import read_members
from prunebench.bundle.packing.sums import address, check_sums, file_name
from prunebench.results.folder import write_aside

__all__ = ["BundleError", "address_of", "read_bundle", "write_bundle"]


def write_bundle(bundle: Bundle, folder: Path) -> Path:
    """Write a bundle into a folder under the name that its content gives it.

    Equal bundles give equal names; with the same version of zlib, equal bytes.

    Raises
    ------
    BundleError
        If something is missing of it, or it is larger than a plain ZIP can be.
    """
    contents = encode(bundle)
    path = folder / file_name(bundle.manifest.suite, address(contents))
    file = io.BytesIO()
    try:
        pack(contents, file)
    except ValueError as error:
        refuse(path.name, "size", str(error))
    write_aside(path, file.getvalue())
    return path


def read_bundle(path: Path, limits: Limits | None = None) -> Bundle:
    """Read a bundle whose form is sound; `check_bundle` says whether its numbers are.

    Raises
    ------
    BundleError
        If it is damaged, or holds something else than bundles do.
    """
    decoding = Decoding(read_members(path, limits or Limits()), limits or Limits())
    found = decoding.bundle()
    wrong = [*decoding.findings, *check_sums(decoding.contents)]
    if wrong or found is None:
        raise BundleError(wrong)
    return found


def address_of(path: Path, limits: Limits | None = None) -> str:
    """Give a bundle's address, the SHA-256 of its ``SHA256SUMS``.

    Raises
    ------
    BundleError
        If it is damaged.
    """
    contents = read_members(path, limits or Limits())
    if SUMS not in contents:
        refuse(path.name, SUMS, "the bundle lacks it; pack the run anew.")
    return address(contents)
