"""The sentence that says what a run asked."""

from collections.abc import Iterable, Mapping, Sequence

from prunebench.core.digest import Json
from prunebench.report.asked import PAPER_TIER
from prunebench.report.comparisons.comparison import own_rows
from prunebench.report.grid import Grid
from prunebench.report.prose import counted, listing, shortlist
from prunebench.report.reading.limits import number
from prunebench.report.wording import plain
from prunebench.results.measurement import Measurement

COUNTED = {"params": "prunable weights", "macs": "multiply-adds", "units": "units"}
"""What a target counts, in words."""

FEW = 3
"""So many sizes are listed; of more only the ends are."""


def asked(experiment: Mapping[str, Json], arranged: Sequence[Grid]) -> str:
    """Say what was compared on what, at which sizes, on how many seeds, in which tier."""
    own = [row for grid in arranged for row in own_rows(grid.entries)]
    pairs = list(dict.fromkeys((grid.dataset, grid.model) for grid in arranged))
    where = shortlist([f"{model} on {dataset}" for dataset, model in pairs], 3)
    seeds = counted(len({row.seed for grid in arranged for row in grid.rows}), "seed")
    if not own:
        return f"This run trained {where} without pruning anything, on {seeds}."
    beside = ", beside their controls" if any(grid.controls for grid in arranged) else ""
    return (
        f"This run {question(own, arranged)}, with {where}{trainings_phrase(arranged)}, keeping "
        f"{sizes(own)}, on {seeds}{beside}{tier_phrase(experiment)}."
    )


def question(own: Sequence[Measurement], arranged: Sequence[Grid]) -> str:
    """Say which methods and protocols were set beside each other."""
    methods = list(dict.fromkeys(row.method for row in own))
    ways = list(dict.fromkeys(name for grid in arranged for name in grid.protocols))
    under = several(ways, "retraining protocol")
    if len(methods) > 1:
        return f"compares {several(methods, 'pruning method')} under {under}"
    if len(ways) > 1:
        return f"compares {under} after pruning by {methods[0]}"
    return f"prunes by {methods[0]} and retrains by {ways[0]}"


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
    ways = list(dict.fromkeys(grid.way for grid in arranged if grid.way))
    return f" (trained with {shortlist(ways, 4)})" if ways else ""


def sizes(rows: Iterable[Measurement]) -> str:
    """Write the targets that were asked for: fractions in percent, others by name."""
    found = dict.fromkeys((row.target, row.target_of) for row in rows)
    fractions: dict[str, list[float]] = {}
    for target, of in found:
        if number(target):
            fractions.setdefault(of, []).append(number(target))
    named = [target for target, _ in found if not number(target)]
    parts = [f"{shares(some)} of the {COUNTED.get(of, of)}" for of, some in fractions.items()]
    return listing([*parts, *([f"what {shortlist(named)} says"] if named else [])])


def shares(fractions: Sequence[float]) -> str:
    """Write fractions in percent, the largest first.

    >>> shares([0.2, 0.5]), shares([0.1, 0.2, 0.5, 0.8])
    ('50 % and 20 %', '80 % to 10 % (4 sizes)')
    """
    texts = [f"{plain(100 * one, 3)} %" for one in sorted(set(fractions), reverse=True)]
    if len(texts) <= FEW:
        return listing(texts)
    return f"{texts[0]} to {texts[-1]} ({len(texts)} sizes)"


def tier_phrase(experiment: Mapping[str, Json]) -> str:
    """Say which tier of a benchmark it is, and that a smaller one is no paper's setting."""
    tier, name = experiment.get("tier"), experiment.get("benchmark") or "a benchmark"
    if not tier:
        return ""
    if tier == PAPER_TIER:
        return f"; this is the tier {tier} of {name}, the publication's own setting"
    return f"; this is the reduced tier {tier} of {name}, not the publication's setting"
