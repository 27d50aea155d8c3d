"""Five sentences that open a report, written from its numbers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from prunebench.report.comparisons.comparison import Contrasts
from prunebench.report.comparisons.placed import (
    Placed,
    at,
    extremes,
    largest_phrase,
    on,
    protocol_differences,
    reference_differences,
)
from prunebench.report.grid import Grid, grids
from prunebench.report.prose import counted, is_or_are, listing
from prunebench.report.reading.question import asked
from prunebench.report.spread import mean
from prunebench.report.tables.accuracy import LAST
from prunebench.report.wording import percent, printable
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

LOST = ("failed", "blocked", "diverged")
"""Ends of trials that leave no accuracy."""

TESTED = "two-sided, paired by seed, after Holm's correction"
"""How differences are tested; said with each of them, for claims are tested one-sided."""

UNDECIDED = ("NOT RUN", "RAN", "REPORTED")
"""Verdicts that say nothing about a claim."""


def findings(
    record: RunRecord,
    rows: Sequence[Measurement],
    verdicts: Mapping[str, str] | None = None,
    contrasts: Sequence[Contrasts] = (),
) -> tuple[str, ...]:
    """Say in five sentences what was asked and what came out.

    What was asked; which methods differ; which protocols differ; what became of the claims or,
    without any, what it cost; what went wrong and what the run could not see. An order is named
    only where the paired test supports it.

    Parameters
    ----------
    record, rows
        The run and its trials.
    verdicts
        On the run's claims, by their ids.
    contrasts
        The differences of these rows where somebody has tested them already.
    """
    contrasts = contrasts or [Contrasts(grid) for grid in grids(rows, record.experiment)]
    arranged = [one.grid for one in contrasts]
    found = reference_differences(contrasts)
    sentences = (
        asked(record.experiment, arranged),
        outcome(arranged, found),
        protocols(contrasts),
        claims(verdicts or {}) or cost(arranged),
        trouble(record, rows, found),
    )
    return tuple(printable(sentence) for sentence in sentences)


def outcome(arranged: Sequence[Grid], found: Sequence[Placed]) -> str:
    """Say which methods differ from the reference, or that none can be told from it."""
    accuracies = [
        cell
        for grid in arranged
        for entry in grid.entries
        for name in grid.protocols
        if (cell := mean(entry.under(name), LAST)) is not None
    ]
    dense = dense_phrase(arranged)
    if not accuracies:
        return f"No pruned network gave an accuracy, so no method came out best or worst; {dense}."
    tested = [one for one in found if one.comparison.outcome != "untested"]
    if tested:
        return f"{judged_phrase(tested)}; {dense}."
    why = "no difference from a reference has two seeds" if found else "there is no reference"
    return (
        f"Nothing can be told from chance, since {why}: mean test accuracies after pruning lie "
        f"between {percent(min(accuracies))} % and {percent(max(accuracies))} %; {dense}."
    )


def judged_phrase(tested: Sequence[Placed]) -> str:
    """Count the differences that stand, with the largest gain and loss; or give the largest."""
    against = listing(dict.fromkeys(one.comparison.reference for one in tested), "or")
    gain, loss = extremes(tested)
    if not (gain or loss):
        return (
            f"None of {counted(len(tested), 'difference')} from {against} can be told from chance "
            f"({TESTED}), the largest being {largest_phrase(tested)}"
        )
    tally = Counter(one.comparison.outcome for one in tested)
    ends = [
        f"the largest {what} beyond chance is {largest_phrase([one])}"
        for what, one in (("gain", gain), ("loss", loss))
        if one
    ]
    return (
        f"Of {counted(len(tested), 'difference')} from {against} ({TESTED}) "
        f"{tally['better']} {is_or_are(tally['better'])} better, {tally['worse']} worse and "
        f"{counted(tally['tie'], 'tie')}: {listing(ends)}"
    )


def dense_phrase(arranged: Iterable[Grid]) -> str:
    """Give the accuracy of the dense network, or the range where there are several."""
    found = sorted(
        one for grid in arranged if grid.dense and (one := mean(grid.dense.rows, LAST)) is not None
    )
    if not found:
        return "no dense network was measured"
    if len(found) == 1:
        return f"the dense network reaches {percent(found[0])} %"
    return f"the dense networks reach {percent(found[0])} % to {percent(found[-1])} %"


def protocols(contrasts: Sequence[Contrasts]) -> str:
    """Say what retraining in one way rather than another changed, and what survives Holm."""
    names = list(dict.fromkeys(name for one in contrasts for name in one.grid.protocols))
    if len(names) < 2:
        only = f"Only {names[0]} was run" if names else "No protocol was run"
        return f"{only}, so nothing is said of what another way of retraining would give."
    found = protocol_differences(contrasts)
    if not found:
        return f"No two of the protocols {listing(names)} have an accuracy of the same seed."
    said = [difference_phrase(x, y, every) for (x, y), every in telling(found)]
    rest = len(found) - len(said)
    more = f"; the comparisons have {counted(rest, 'more pair')}" if rest else ""
    return f"Between protocols ({TESTED}) {'; '.join(said)}{more}."


def telling(
    found: Mapping[tuple[str, str], Sequence[Placed]],
) -> list[tuple[tuple[str, str], Sequence[Placed]]]:
    """Choose two pairs of protocols: the first, and of the others that with the largest effect."""
    first, *others = found.items()
    largest = sorted(others, key=lambda pair: -max(abs(one.size) for one in pair[1]))
    return [first, *largest[:1]]


def difference_phrase(x: str, y: str, every: Sequence[Placed]) -> str:
    """Say how often two protocols differ, and by how much where they do.

    A cell is a method at a target.
    """
    tested = [one for one in every if one.comparison.outcome != "untested"]
    if not tested:
        return (
            f"nothing is known of {x} and {y}, since no difference has two seeds "
            f"(the largest is {largest_phrase(every)})"
        )
    kept = [one for one in tested if one.comparison.outcome != "tie"]
    cells = counted(len(tested), "cell")
    if not kept:
        return f"{x} and {y} differ beyond chance in none of {cells}"
    tally = Counter(one.comparison.outcome for one in kept)
    return (
        f"{x} is better than {y} in {tally['better'] or 'none'} of {cells} and worse in "
        f"{tally['worse'] or 'none'}, by up to {largest_phrase(kept)}"
    )


def claims(verdicts: Mapping[str, str]) -> str:
    """Say what became of the claims; nothing where none was decided."""
    found: dict[str, list[str]] = {}
    for claim, verdict in verdicts.items():
        found.setdefault(verdict, []).append(claim)
    if not set(found) - set(UNDECIDED):
        return ""
    said = [
        f"{len(ids)} {is_or_are(len(ids))} {verdict} ({listing(ids)})"
        for verdict, ids in sorted(found.items(), key=lambda item: "CONFIRMED" not in item[0])
    ]
    if len(verdicts) == 1:
        [(claim, verdict)] = verdicts.items()
        return f"The only claim of the papers that it tests (one-sided), {claim}, is {verdict}."
    every = counted(len(verdicts), "claim")
    return f"Of {every} of the papers (tested one-sided) {listing(said)}."


def cost(arranged: Sequence[Grid]) -> str:
    """Say what a network cost beside its dense training.

    Computation is multiply-adds of dense training, pruning and retraining together.
    """
    cells = {
        f"{at(entry.name, entry.target, arranged)} under {name}{on(grid, arranged)}": found
        for grid in arranged
        for entry in grid.entries
        for name in grid.protocols
        if (found := mean(entry.under(name), total_compute)) is not None
    }
    if not cells:
        return "What a pruned network costs was not measured."
    low, high = min(cells, key=cells.__getitem__), max(cells, key=cells.__getitem__)
    ends = f"{cells[low]:.2f} times ({low})"
    if low != high:
        ends = f"from {ends} to {cells[high]:.2f} times ({high})"
    return (
        f"Dense training, pruning and retraining together took {ends} the multiply-adds of the "
        f"dense training alone."
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
    """Say how large a difference from the reference must be to be seen: the median of all."""
    known = [one.detectable for one in found if one.detectable is not None]
    if not known:
        return "which difference these seeds could detect cannot be said"
    seeds = sorted({one.comparison.result.n for one in found if one.comparison.result})
    n = str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    about = "typically " if len(known) > 1 else ""
    return (
        f"{n} seeds detect differences of {about}{percent(median(known))} points and more (80 % "
        f"power before Holm), and smaller ones are neither shown nor excluded"
    )
