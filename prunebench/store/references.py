"""Which stages the runs of a store name: their ``plan.json``."""

import json
from collections.abc import Iterable
from pathlib import Path
from sys import intern

from prunebench.errors import StoreError
from prunebench.store.contents import RUNS, entries, is_folder

PLAN = "plan.json"
"""Lists, in a run's folder, its stages with key, kind, title and inputs."""


def named(root: Path, elsewhere: Iterable[Path] = ()) -> dict[str, str]:
    """Give the kind of every stage that runs name, by key.

    Parameters
    ----------
    root
        The store, whose own runs count.
    elsewhere
        Folders of runs that lie outside it.

    Raises
    ------
    StoreError
        If a run does not say what it needs.
    """
    found: dict[str, str] = {}
    own = (Path(entry.path) for entry in entries(root / RUNS) if is_folder(entry))
    for folder in (*own, *elsewhere):
        found.update(read_plan(folder))
    return found


def read_plan(folder: Path) -> dict[str, str]:
    """Give the kind of every stage that a run names, by key.

    Raises
    ------
    StoreError
        If there is no plan in its folder, or it is damaged.
    """
    path = folder / PLAN
    try:
        listed = json.loads(path.read_bytes())
        return {str(stage["key"]): intern(str(stage["kind"])) for stage in listed}
    except OSError as error:
        problem = error.strerror or str(error)
    except (ValueError, TypeError, KeyError, RecursionError):
        problem = "it is damaged"
    msg = (
        f"cannot tell which stages the run in {folder} needs, for its {PLAN} cannot be read: "
        f"{problem}; run it again to write it anew, or delete that folder."
    )
    raise StoreError(msg)
