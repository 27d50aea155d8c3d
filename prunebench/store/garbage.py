"""What of a store can go, and letting it go: safe beside processes that compute into it."""

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Literal, TypeAlias

from prunebench.errors import SpecError
from prunebench.store.contents import (
    DAMAGED,
    FAILURES,
    TENSORS,
    Amount,
    amount,
    entries,
    is_file,
    objects,
)
from prunebench.store.leases import LOCK, is_held, leases, let_go
from prunebench.store.leftovers import KEY, dangling, leased, unleased

Reason: TypeAlias = Literal["leftovers", "leases", "damaged", "tensors", "stages", "failures"]
Rubbish: TypeAlias = tuple[Reason, Path]
Kinds: TypeAlias = Callable[[], Mapping[str, str]]

DAY = 86_400.0


@dataclass(frozen=True)
class Asked:
    """What is to go besides what nobody can want.

    Parameters
    ----------
    tensors
        Tensors of stages that no run names; their records stay.
    stages
        Those stages altogether.
    delete
        Whether it goes; else it is only counted.
    """

    tensors: bool = False
    stages: bool = False
    delete: bool = False


@dataclass
class Found:
    """What can go, or went.

    Parameters
    ----------
    rubbish
        How many things by reason, and what they take.
    held
        Names of the leases that processes hold.
    """

    rubbish: dict[Reason, tuple[int, Amount]] = field(default_factory=dict)
    held: frozenset[str] = frozenset()

    def count(self, reason: Reason, more: Amount) -> None:
        """Count one thing."""
        number, before = self.rubbish.get(reason, (0, Amount()))
        self.rubbish[reason] = number + 1, before + more


def collect(root: Path, asked: Asked, kinds: Kinds, now: float) -> Found:
    """Count what can go, and let it go where that is asked.

    Parameters
    ----------
    root
        The store.
    asked
        What is to go.
    kinds
        Gives the stages that runs name; called where those that none names are to go.
    now
        Seconds since the epoch, which tell what is old.

    Raises
    ------
    SpecError
        If stages or their tensors are to go while a run computes.
    """
    early = list(leased(root))  # before the leases: whoever is writing one of these holds its own
    held = frozenset(path.name.removesuffix(LOCK) for path in leases(root) if is_held(path))
    named = asked.tensors or asked.stages
    if held and asked.delete and named:
        msg = (
            f"a run computes into {root} (stage {min(held)[:12]}); wait until it has ended, or "
            f"leave --tensors and --unreferenced out."
        )
        raise SpecError(msg)
    found = Found(held=held)
    rubbish = chain(
        leftovers(root, early, held, now),
        unheld(root, held),
        (("damaged", Path(entry.path)) for entry in entries(root / DAMAGED)),
        unnamed(root, asked, kinds()) if named else (),
    )
    for reason, path in rubbish:
        found.count(reason, amount(path))
        if asked.delete:
            remove(reason, path)
    return found


def leftovers(
    root: Path, early: Iterable[Path], held: Collection[str], now: float
) -> Iterator[Rubbish]:
    """Walk over what killed processes left; where a lease is held, what is old may go."""
    unsure = chain(early if held else (), unleased(root))
    old = (path for path in unsure if is_old(path, now))
    for path in chain(() if held else early, old, dangling(root)):
        yield "leftovers", path


def unheld(root: Path, held: Collection[str]) -> Iterator[Rubbish]:
    """Walk over the files of leases that nobody holds."""
    for path in leases(root):
        if path.name.removesuffix(LOCK) not in held:
            yield "leases", path


def unnamed(root: Path, asked: Asked, kinds: Mapping[str, str]) -> Iterator[Rubbish]:
    """Walk over stages that no run names, or their tensors alone, and stories of their failures."""
    for item in objects(root):
        if isinstance(item, Path) or item.record is None:
            continue
        if item.key in kinds or not KEY.fullmatch(item.key):
            continue
        if asked.stages:
            yield "stages", item.path
        elif item.tensors is not None:
            yield "tensors", item.path / TENSORS
    for entry in entries(root / FAILURES):
        key = entry.name.removesuffix(".json")
        if asked.stages and is_file(entry) and KEY.fullmatch(key) and key not in kinds:
            yield "failures", Path(entry.path)


def is_old(path: Path, now: float) -> bool:
    """Say whether nobody has changed something for a day."""
    try:
        return now - path.lstat().st_mtime > DAY
    except FileNotFoundError:
        return False


def remove(reason: Reason, path: Path) -> None:
    """Delete a file, a link, or a folder with all that is in it.

    However far it comes when it is killed, a stage is then whole, without tensors, or undone.
    """
    if reason == "leases":
        let_go(path)
    elif path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
