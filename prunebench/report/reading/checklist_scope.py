"""Items of the checklist on what is compared: problems, sizes and controls."""

from collections.abc import Iterable

from prunebench.claims.quantities import origin
from prunebench.report.grid import Entry, Grid, is_dense
from prunebench.report.prose import counted, listing
from prunebench.report.reading.checklist_run import Finding, Item, Run, decided, nothing
from prunebench.report.reading.limits import SLACK, USUAL
from prunebench.report.spread import mean
from prunebench.report.tables.accuracy import LAST
from prunebench.report.wording import percent

PAIRS = 3
"""Pairs of data set and model that a comparison should cover."""

POINTS = 5
"""Sizes that each curve should have."""

FALL = 0.01
"""Accuracy clearly falls where it lies this far below the dense network's."""

SMALL = ("digits", "fashion-mnist", "mnist")
"""Data sets of MNIST's kind, which do not count towards the pairs."""

HISTORICAL = ("obd", "obs")
"""Methods published before 2010."""


def pairs_item(run: Run) -> Finding:
    """Count the pairs of data set and model, without those of MNIST's kind."""
    pairs = {(row.dataset, row.model) for row in run.pruned}
    large = [dataset for dataset, _ in pairs if dataset.partition("[")[0] not in SMALL]
    small = len(pairs) - len(large)
    aside = f", and {small} of MNIST's kind, which do not count" if small else ""
    return decided(len(large) >= PAIRS, f"{counted(len(large), 'pair')} of {PAIRS}{aside}")


def dense_item(run: Run) -> Finding:
    """Say whether every seed of every pair and recipe has its unpruned network."""
    wanted = set(map(origin, run.pruned))
    shared = [row for row in run.measured if is_dense(row) and not row.regularized_by]
    there = wanted & set(map(origin, shared))
    because = f"{len(there)} of {counted(len(wanted), 'dense network')} measured, one per seed"
    return nothing(run) or decided(there == wanted, because)


def rivals_item(run: Run) -> Finding:
    """Say whether curves of several methods can be laid over each other."""
    numbers = [len(grid.methods) for grid in run.grids if grid.entries]
    least = min(numbers, default=0)
    return decided(least >= 2, f"{counted(least, 'method')} on the pair that has the fewest")


def points_item(run: Run) -> Finding:
    """Count the sizes of the shortest curve, and which of the usual ones the run reaches."""
    curves: dict[tuple[int, str], list[Entry]] = {}
    for number, grid in enumerate(run.grids):
        for entry in grid.entries:
            curves.setdefault((number, entry.method), []).append(entry)
    least = min(map(len, curves.values()), default=0)
    kept = [entry.density for entry in run.entries if entry.density]
    reached = [
        f"{usual}×"
        for usual in USUAL
        if any(usual / SLACK <= 1 / density <= usual * SLACK for density in kept)
    ]
    usual = f"{len(reached)} of {', '.join(f'{usual}×' for usual in USUAL)}"
    which = f" ({listing(reached)})" if reached else ""
    because = (
        f"at least {counted(least, 'size')} per method, {POINTS} asked for; {usual} were tried"
    )
    return nothing(run) or decided(least >= POINTS, because + which)


def extreme_item(run: Run) -> Finding:
    """Count the curves that go so far that accuracy clearly falls."""
    drops = [drop for grid in run.grids for drop in last_drops(grid)]
    fell = sum(drop > FALL for drop in drops)
    because = (
        f"at its smallest size {fell} of {counted(len(drops), 'curve')} lie more than "
        f"{percent(FALL, 0)} point below the dense network, in the mean"
    )
    return nothing(run) or decided(drops and fell == len(drops), because)


def last_drops(grid: Grid) -> list[float]:
    """Give how far each method under each protocol lies below dense at its smallest size."""
    dense = mean(grid.dense.rows, LAST) if grid.dense else None
    if dense is None:
        return []
    lowest: dict[tuple[str, str], float] = {}
    for entry in grid.entries:  # from lightly to heavily pruned
        for protocol in grid.protocols:
            if (found := mean(entry.under(protocol), LAST)) is not None:
                lowest[entry.method, protocol] = dense - found
    return list(lowest.values())


def profile_item(names: Iterable[str]) -> Item:
    """Make the item of a control that keeps each method's own share of every layer."""
    ids = tuple(names)

    def item(run: Run) -> Finding:
        wanted = {(e.method, e.target) for e in run.entries if e.rows[0].method_id not in ids}
        controls = (e for grid in run.grids for e in grid.controls if e.rows[0].method_id in ids)
        there = wanted & {(e.rows[0].control_of, e.target) for e in controls}
        if not wanted:
            return Finding("not applicable", "there is no other method to hold it against")
        because = (
            f"for {len(there)} of {counted(len(wanted), 'method and size', 'methods and sizes')}"
        )
        return decided(there == wanted, because)

    return item


def global_item(names: Iterable[str]) -> Item:
    """Make the item of a control that chooses its own share of every layer."""
    ids = tuple(names)

    def item(run: Run) -> Finding:
        found = sorted({e.method for e in run.entries if e.rows[0].method_id in ids})
        return decided(found, listing(found) or f"neither {listing(ids, 'nor')} was asked for")

    return item


def historical_item(run: Run) -> Finding:
    """Say whether a method published before 2010 is among them."""
    found = [row.method for row in run.pruned if row.method_id in HISTORICAL]
    names = listing(sorted(set(found)))
    return decided(found, f"{names}, {counted(len(found), 'trial')}" if found else "none is there")
