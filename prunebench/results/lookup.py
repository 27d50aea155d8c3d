"""Find a measured trial by the first digits of its id."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prunebench.errors import SpecError, StoreError
from prunebench.results.folder import RECORD, RESULTS, read_rows
from prunebench.results.measurement import Measurement

logger = logging.getLogger(__name__)

UNMEASURED = ("failed", "blocked")


@dataclass(frozen=True)
class Found:
    """A row, and the folder of the run that measured it."""

    folder: Path
    row: Measurement


def find_trial(prefix: str, store: Path, run: Path | None = None) -> Found:
    """Find a trial in the runs of a store, the latest first, or in one run's folder.

    A run that measured it is preferred to one in which it failed.

    Parameters
    ----------
    prefix
        A trial's id, or as many of its first digits as tell it from the others.
    store
        Where runs are looked for.
    run
        Folder of the one run to look into.

    Raises
    ------
    SpecError
        If no trial is called so, or several are.
    """
    folders = [run] if run else [f for f in latest_first(store) if readable(f)]
    wanted = prefix.lower()
    found = [entry for folder in folders for entry in rows_of(folder, wanted)] if wanted else []
    found.sort(key=lambda entry: entry.row.status in UNMEASURED)  # else the latest stays first
    names = sorted({entry.row.trial for entry in found})
    if not names:
        where = f"the run {run}" if run else f"the runs of the store {store}"
        msg = f"no trial {prefix!r} in {where}; 'prunebench results' lists trials."
        raise SpecError(msg)
    if len(names) > 1:
        some = ", ".join(name[: len(wanted) + 4] for name in names[:3])
        msg = f"{prefix!r} begins {len(names)} trials ({some}, ...); write more digits."
        raise SpecError(msg)
    return found[0]


def latest_first(store: Path) -> list[Path]:
    """List the folders of a store's runs that hold a record and rows."""
    found = (path.parent for path in store.glob(f"runs/*/{RECORD}"))
    return sorted((folder for folder in found if (folder / RESULTS).is_file()), reverse=True)


def rows_of(folder: Path, prefix: str) -> Iterator[Found]:
    """Walk over a run's rows whose trial begins with a prefix."""
    return (Found(folder, row) for row in read_rows(folder) if row.trial.startswith(prefix))


def readable(folder: Path) -> bool:
    """Say whether a run's rows can be read; a damaged run must not hide the others."""
    try:
        read_rows(folder)
    except StoreError as error:
        logger.warning("passed over: %s", error)
        return False
    return True
