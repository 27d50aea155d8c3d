"""Reading files, with one clear sentence where that fails."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prunebench.errors import DataError


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what the system says against reading a file into one sentence.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    try:
        yield
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror}); mend or remove it."
        raise DataError(msg) from error


def verified(path: Path, md5: str) -> bytes:
    """Read a whole file whose official MD5 is known.

    Raises
    ------
    DataError
        If the file cannot be read or is another one.
    """
    with readable(path):
        found = path.read_bytes()
    # good enough: nobody can make another file with the MD5 of a given one
    actual = hashlib.md5(found, usedforsecurity=False).hexdigest()
    if actual != md5:
        msg = (
            f"{path} is damaged (MD5 {actual}, officially {md5}); "
            "delete it and run again, or put the official file there."
        )
        raise DataError(msg)
    return found
