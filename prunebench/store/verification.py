"""Every artifact of a store held against its digest."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prunebench.errors import StoreError
from prunebench.store.contents import RECORD, TENSORS, Stage, objects
from prunebench.store.leftovers import KEY
from prunebench.store.store import Store


@dataclass(frozen=True)
class Verified:
    """What became of one stage.

    Parameters
    ----------
    key, path
        Which, and where.
    bytes
        Read of it.
    problem
        What is wrong, in a sentence; empty for a sound one.
    """

    key: str
    path: Path
    bytes: int
    problem: str = ""


def verify_all(root: Path, *, repair: bool) -> Iterator[Verified]:
    """Read every artifact of a store, one after another and piece by piece.

    With `repair` what is damaged is set aside as it is found, so that it is computed anew.
    """
    store = Store(root, make=repair)
    for item in objects(root):
        if isinstance(item, Stage):
            strange = [path for path in item.others if path.name in (RECORD, TENSORS)]
            if strange:
                yield stranger(store, item.key, strange[0])
            elif item.record is not None:
                size = item.record.bytes + (item.tensors.bytes if item.tensors else 0)
                yield Verified(item.key, item.path, size, problem(store, item))
        elif item.is_symlink() and KEY.fullmatch(item.name):
            yield stranger(store, item.name, item)


def stranger(store: Store, key: str, path: Path) -> Verified:
    """Tell of a link, or something else that is no file, in the place of an artifact."""
    what = f"{path} is no file of this store, but a link or a device; {store.set_aside(key)}."
    return Verified(key, store.folder(key), 0, what)


def problem(store: Store, stage: Stage) -> str:
    """Say what is wrong with a stage; nothing where it is sound, or just gone."""
    try:
        if not (stage.path / RECORD).exists():
            return ""  # another process has just discarded it
        store.envelope(stage.key)
        if stage.tensors is not None:
            store.verify(stage.key)
    except StoreError as error:
        return str(error)
    except FileNotFoundError:  # tensors that another process has just dropped
        return ""
    except OSError as error:
        return f"cannot read {stage.path}: {error.strerror}."
    return ""
