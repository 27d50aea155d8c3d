"""Which of a bundle's trials are run again: chosen by lot, the cheap ones first."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from statistics import median

from prunebench.bundle.document import Entry
from prunebench.errors import SpecError
from prunebench.results.lookup import UNMEASURED

DEFAULT_SAMPLE = 3


def sampled(entries: Iterable[Entry], address: str, count: int, seed: int = 0) -> tuple[Entry, ...]:
    """Draw trials by lot: of the cheapest pair first, of every method one before any has two.

    The lot is a digest of the bundle's address, so that nobody chooses, and everybody draws the
    same ones. Submitted methods come before their controls; dense networks are trained on the way
    and never drawn.

    Parameters
    ----------
    entries
        Rows of the bundle.
    address
        The bundle's.
    count
        How many, at most.
    seed
        Another number draws others: a submitter can know the sample of 0 beforehand.

    Raises
    ------
    SpecError
        If there is nothing to draw from.
    """
    pruned = [entry for entry in entries if entry.row.method_id != "dense" and is_measured(entry)]
    if not pruned:
        msg = "the bundle has no measured row of a pruned network; there is nothing to reproduce."
        raise SpecError(msg)
    pairs: dict[tuple[str, str], list[Entry]] = {}
    for entry in pruned:
        pairs.setdefault((entry.row.dataset, entry.row.model), []).append(entry)
    order = [
        entry
        for pair in sorted(pairs, key=lambda pair: (cost(pairs[pair]), pair))
        for entry in in_turns(pairs[pair], f"{address}:{seed}")
    ]
    return tuple(order[:count])


def named(entries: Iterable[Entry], prefixes: Sequence[str]) -> tuple[Entry, ...]:
    """Find trials by the first digits of their ids.

    Raises
    ------
    SpecError
        If none is called so, or several are, or it has no outcome that could be reproduced.
    """
    known = list(entries)
    found: dict[str, Entry] = {}
    for prefix in prefixes:
        some = [e for e in known if prefix and e.row.trial.startswith(prefix.lower())]
        if len(some) != 1:
            what = "no trial" if not some else f"{len(some)} trials"
            msg = f"{what} of the bundle begins with {prefix!r}; write an id as the bundle has it."
            raise SpecError(msg)
        row = some[0].row
        if not is_measured(some[0]):
            msg = f"trial {row.trial} has no outcome to reproduce, it {row.status}; name another."
            raise SpecError(msg)
        found[row.trial] = some[0]
    return tuple(found.values())


def is_measured(entry: Entry) -> bool:
    """Say whether a row has an outcome."""
    return entry.row.status not in UNMEASURED


def cost(entries: Iterable[Entry]) -> float:
    """Give the multiply-adds of a middling trial."""
    return median(entry.row.total_macs or 0 for entry in entries)


def in_turns(entries: Iterable[Entry], lot: str) -> Iterator[Entry]:
    """Give one trial of every method in turn, methods and trials in the order of the lot."""
    shelves: dict[tuple[bool, str], list[Entry]] = {}
    for entry in entries:
        # A method's own masks, trained from scratch beside it, are trials of the method as well.
        is_control = entry.row.control_of not in ("", entry.row.method)
        shelves.setdefault((is_control, entry.row.method), []).append(entry)
    order = sorted(shelves, key=lambda shelf: (shelf[0], drawn(lot, shelf[1])))
    rows = [sorted(shelves[shelf], key=lambda e: drawn(lot, e.row.trial)) for shelf in order]
    own = [r for shelf, r in zip(order, rows, strict=True) if not shelf[0]]
    controls = [r for shelf, r in zip(order, rows, strict=True) if shelf[0]]
    for some in (own, controls):
        for turn in zip_longest(*some):
            yield from (entry for entry in turn if entry is not None)


def drawn(lot: str, name: str) -> str:
    """Give a name's place in the order of a lot."""
    return hashlib.sha256(f"{lot}:{name}".encode()).hexdigest()
