"""Five sentences that open a report, written from its numbers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from prunebench.core.digest import Json
from prunebench.report.asked import PAPER_TIER
from prunebench.report.comparisons.comparison import own_rows
from prunebench.report.comparisons.placed import (
    Placed,
    extremes,
    largest_phrase,
    on,
    own_training,
    protocol_differences,
    reference_differences,
)
from prunebench.report.grid import Grid, grids
from prunebench.report.prose import counted, is_or_are, listing, shortlist
from prunebench.report.reading.limits import number
from prunebench.report.spread import spread
from prunebench.report.tables.accuracy import LAST, mean
from prunebench.report.wording import duration, percent, plain, printable
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

COUNTED = {"params": "prunable weights", "macs": "multiply-adds", "units": "units"}
"""What a target counts, in words."""

LOST = ("failed", "blocked", "diverged")
"""Ends of trials that leave no accuracy."""


def findings(record: RunRecord, rows: Sequence[Measurement]) -> tuple[str, ...]:
    """Say in five sentences what was asked and what came out.

    What was asked; which methods differ; which protocols differ; what it cost; what went wrong
    and what the run could not see. An order is named only where the paired test supports it.
    """
    arranged = grids(rows, record.experiment)
    found = reference_differences(arranged)
    sentences = (
        asked(record.experiment, arranged),
        outcome(arranged, found),
        protocols(arranged),
        cost(record, arranged),
        trouble(record, rows, found),
    )
    return tuple(printable(sentence) for sentence in sentences)


def asked(experiment: Mapping[str, Json], arranged: Sequence[Grid]) -> str:
    """Say what was compared on what, at which sizes, on how many seeds, in which tier."""
    own = [row for grid in arranged for row in own_rows(grid.entries)]
    pairs = list(dict.fromkeys((grid.dataset, grid.model) for grid in arranged))
    where = shortlist([f"{model} on {dataset}" for dataset, model in pairs], 3)
    seeds = counted(len({row.seed for grid in arranged for row in grid.rows}), "seed")
    if not own:
        return f"This run trained {where} without pruning anything, on {seeds}."
    methods = list(dict.fromkeys(row.method for row in own))
    ways = list(dict.fromkeys(name for grid in arranged for name in grid.protocols))
    beside = ", beside their controls" if any(grid.controls for grid in arranged) else ""
    return (
        f"This run asked how {several(methods, 'pruning method')} "
        f"{'does' if len(methods) == 1 else 'do'} under {several(ways, 'retraining protocol')} "
        f"with {where}{trainings_phrase(arranged)}, keeping {sizes(own)}, on {seeds}{beside}"
        f"{tier_phrase(experiment)}."
    )


def several(names: Sequence[str], noun: str) -> str:
    """Name a few things, or the only one.

    >>> several(["obd"], "method"), several(["obd", "sss"], "method")
    ('the method obd', '2 methods (obd and sss)')
    """
    if len(names) == 1:
        return f"the {noun} {names[0]}"
    return f"{counted(len(names), noun)} ({shortlist(names, 8)})"


def trainings_phrase(arranged: Sequence[Grid]) -> str:
    """Say in which ways the networks were trained, where one was trained in several."""
    ways = dict.fromkeys(way for grid in arranged if (way := own_training(grid, arranged)))
    return f", trained with {shortlist(list(ways), 4)}" if ways else ""


def sizes(rows: Iterable[Measurement]) -> str:
    """Write the targets that were asked for: fractions in percent, others by name."""
    found = dict.fromkeys((row.target, row.target_of) for row in rows)
    ordered = sorted(found, key=lambda target: -number(target[0]))
    fractions: dict[str, list[str]] = {}
    for target, of in ordered:
        if number(target):
            fractions.setdefault(of, []).append(f"{plain(100 * number(target), 3)} %")
    named = [target for target, _ in ordered if not number(target)]
    parts = [f"{shortlist(some)} of the {COUNTED.get(of, of)}" for of, some in fractions.items()]
    return listing([*parts, *([f"what {shortlist(named)} says"] if named else [])])


def tier_phrase(experiment: Mapping[str, Json]) -> str:
    """Say which tier of a benchmark it is, and that a smaller one is no paper's setting."""
    tier, name = experiment.get("tier"), experiment.get("benchmark") or "a benchmark"
    if not tier:
        return ""
    if tier == PAPER_TIER:
        return f", in the tier {tier} of {name}, the publication's own setting"
    return f", in the reduced tier {tier} of {name} and not in the publication's setting"


def outcome(arranged: Sequence[Grid], found: Sequence[Placed]) -> str:
    """Say which methods differ from the reference, or that none can be told from it."""
    accuracies = [
        cell.mean
        for grid in arranged
        for entry in grid.entries
        for name in grid.protocols
        if (cell := spread(entry.under(name), LAST))
    ]
    dense = dense_phrase(arranged)
    if not accuracies:
        return f"No pruned network gave an accuracy, so no method came out best or worst{dense}."
    tested = [one for one in found if one.comparison.outcome != "untested"]
    if tested:
        return f"{judged_phrase(tested)}{dense}."
    why = "no difference from a reference has two seeds" if found else "there is no reference"
    return (
        f"Nothing can be told from chance, since {why}: mean test accuracies after pruning lie "
        f"between {percent(min(accuracies))} % and {percent(max(accuracies))} %{dense}."
    )


def judged_phrase(tested: Sequence[Placed]) -> str:
    """Count the differences that stand, with the largest gain and loss; or give the largest."""
    against = listing(dict.fromkeys(one.comparison.reference for one in tested), "or")
    differences = counted(len(tested), "difference")
    how = "paired by seed, two-sided, Holm within a protocol"
    gain, loss = extremes(tested)
    if not (gain or loss):
        return (
            f"None of {differences} from {against} can be told from chance ({how}): the largest is "
            f"{largest_phrase(tested)}"
        )
    tally = Counter(one.comparison.outcome for one in tested)
    ends = [
        f"the largest {what} is {largest_phrase([one])}"
        for what, one in (("gain", gain), ("loss", loss))
        if one
    ]
    return (
        f"Of {differences} from {against} ({how}) {tally['better']} {is_or_are(tally['better'])} "
        f"better, {tally['worse']} worse and {counted(tally['tie'], 'tie')}: {listing(ends)}"
    )


def dense_phrase(arranged: Iterable[Grid]) -> str:
    """Give the accuracy of the dense network, or the range where there are several."""
    found = sorted(
        one.mean for grid in arranged if grid.dense and (one := spread(grid.dense.rows, LAST))
    )
    if not found:
        return ", and no dense network was measured"
    if len(found) == 1:
        return f", and the dense network reaches {percent(found[0])} %"
    return f", and the dense networks reach {percent(found[0])} % to {percent(found[-1])} %"


def protocols(arranged: Sequence[Grid]) -> str:
    """Say what retraining in one way rather than another changed, and what survives Holm."""
    names = list(dict.fromkeys(name for grid in arranged for name in grid.protocols))
    if len(names) < 2:
        only = f"Only {names[0]} was run" if names else "No protocol was run"
        return f"{only}, so nothing is said of what another way of retraining would give."
    found = protocol_differences(arranged)
    if not found:
        return f"No two of the protocols {listing(names)} have an accuracy of the same seed."
    said = [
        f"{x} minus {y}: {difference_phrase(every)}" for (x, y), every in list(found.items())[:2]
    ]
    return f"Between protocols, paired by seed and two-sided, {'; and '.join(said)}."


def difference_phrase(every: Sequence[Placed]) -> str:
    """Say how many differences between two protocols survive Holm, with the largest."""
    tested = [one for one in every if one.comparison.outcome != "untested"]
    if not tested:
        return f"no difference has two seeds, the largest is {largest_phrase(every)}"
    tally = Counter(one.comparison.outcome for one in tested)
    kept = [one for one in tested if one.comparison.outcome != "tie"]
    cells = counted(len(tested), "difference")
    if not kept:
        return (
            f"none of {cells} survives Holm's correction, the largest is {largest_phrase(tested)}"
        )
    signs = f"{tally['better']} above zero and {tally['worse']} below"
    survive = "survives" if len(kept) == 1 else "survive"
    return (
        f"{len(kept)} of {cells} {survive} Holm's correction ({signs}), the largest is "
        f"{largest_phrase(kept)}"
    )


def cost(record: RunRecord, arranged: Sequence[Grid]) -> str:
    """Say what a network cost beside its dense training, how many trainings were shared, and time.

    Computation is multiply-adds of dense training, pruning and retraining together.
    """
    cells = {
        f"{entry.name} at {entry.target} under {name}{on(grid, arranged)}": found
        for grid in arranged
        for entry in grid.entries
        for name in grid.protocols
        if (found := mean(entry.under(name), total_compute)) is not None
    }
    trainings = counted(record.trainings_planned, "training")
    saved = record.trainings_naive - record.trainings_planned
    shared = f" instead of {record.trainings_naive:,} without sharing" if saved > 0 else ""
    stages = counted(record.reused, "stage")
    reused = f", with {stages} taken from earlier runs" if record.reused else ""
    ran = f"the run planned {trainings}{shared} and took {duration(record.seconds)}{reused}"
    if not cells:
        return f"What a pruned network costs was not measured; {ran}."
    low, high = min(cells, key=cells.__getitem__), max(cells, key=cells.__getitem__)
    ends = f"{cells[low]:.2f} times ({low})"
    if low != high:
        ends = f"from {ends} to {cells[high]:.2f} times ({high})"
    return (
        f"Dense training, pruning and retraining together took {ends} the multiply-adds of the "
        f"dense training alone; {ran}."
    )


def total_compute(row: Measurement) -> float | None:
    """Give all training's multiply-adds as a multiple of the dense training's."""
    return row.total_macs / row.dense_macs if row.total_macs and row.dense_macs else None


def trouble(record: RunRecord, rows: Sequence[Measurement], found: Sequence[Placed]) -> str:
    """Count what gave no number, and say how large a difference must be to be seen."""
    ends = Counter(str(row.status) for row in rows)
    controls = ", controls included," if any(row.control_of for row in rows) else ""
    trials = f"{counted(len(rows), 'trial')}{controls}"
    went = f"All {trials} gave an accuracy"
    if lost := [f"{ends[status]} {status}" for status in LOST if ends[status]]:
        went = f"Of {trials} {listing(lost)} and gave no accuracy"
    if ends["collapsed"]:
        collapsed = counted(ends["collapsed"], "network")
        went += (
            f", {collapsed} lost a whole layer and {is_or_are(ends['collapsed'])} counted as such"
        )
    if skipped := len(record.skipped):
        went += f", {counted(skipped, 'combination')} could not work and were left out"
    return f"{went}; {power(found)}."


def power(found: Sequence[Placed]) -> str:
    """Say how large a difference must be to be seen."""
    known = [one.detectable for one in found if one.detectable is not None]
    if not known:
        return "which difference these seeds could detect cannot be said"
    seeds = sorted({one.comparison.result.n for one in found if one.comparison.result})
    n = f"n = {seeds[0]}" if len(seeds) == 1 else f"n = {seeds[0]} to {seeds[-1]}"
    over = f"the median of {counted(len(known), 'comparison')}, " if len(known) > 1 else ""
    return (
        f"with {n} a difference from the reference must be {percent(median(known))} points "
        f"({over}80 % power at the 5 % level, before Holm) to be detected, so smaller ones are "
        f"neither shown nor excluded"
    )
