"""Downloading, for the data sets that torchvision knows how to get."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory

from prunebench.errors import DataError


@dataclass(frozen=True)
class Wanted:
    """What is looked for, as error messages say it.

    Parameters
    ----------
    dataset
        Public id.
    folder
        Where the files belong.
    files
        Their names, as one phrase.
    """

    dataset: str
    folder: Path
    files: str

    def absent(self, why: str = "", remedy: str = "") -> DataError:
        """Say that the data set is not there, why it was not downloaded, and how to mend that."""
        return DataError(
            f"{self.dataset} is not in {self.folder}{why}; put {self.files} there, "
            f"or name another place with --data-dir or PRUNEBENCH_DATA{remedy}."
        )


def download(wanted: Wanted, data_dir: Path, action: Callable[[Path], object]) -> None:
    """Run `action`, which downloads into the folder it is given, and move the files to `data_dir`.

    Files arrive whole or not at all, so an interrupted download leaves nothing damaged behind, and
    `data_dir` is made only when there is something to put there.

    Raises
    ------
    DataError
        If ``PRUNEBENCH_OFFLINE`` forbids it, or if downloading or writing fails.
    """
    if os.environ.get("PRUNEBENCH_OFFLINE", "0") not in ("", "0"):
        why, remedy = (
            " and PRUNEBENCH_OFFLINE forbids downloading it",
            ", or unset PRUNEBENCH_OFFLINE",
        )
        raise wanted.absent(why, remedy)
    try:
        with TemporaryDirectory(prefix=".download-", dir=nearest_folder(data_dir)) as incoming:
            action(Path(incoming))
            move_files(Path(incoming), data_dir)
    except (OSError, RuntimeError, HTTPException) as error:
        why = f" and could not be downloaded ({' '.join(str(error).split())})"
        raise wanted.absent(why) from error


def nearest_folder(path: Path) -> Path:
    """Give what exists of a path: on its disk, so that files can be renamed into it."""
    return next(part for part in (path.absolute(), *path.absolute().parents) if part.exists())


def move_files(source: Path, target: Path) -> None:
    """Move every file below `source` to the same place below `target`, replacing what is there."""
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)
