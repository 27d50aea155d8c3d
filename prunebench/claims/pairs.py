"""All pairs of methods at equal cost: a comparison of ours, of which no paper claims anything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from prunebench.claims.cell import Cell
from prunebench.claims.claim import Test
from prunebench.claims.describe import SHARED
from prunebench.claims.examine import behind_side, differences, measured, remarks
from prunebench.claims.finding import Finding
from prunebench.claims.quantities import QUANTITIES, Best
from prunebench.claims.select import Side, pick
from prunebench.results.measurement import Measurement
from prunebench.statistics.multiplicity import holm
from prunebench.statistics.paired import Paired, decisive, paired, seeds_needed
from prunebench.statistics.rules import ALPHA


@dataclass(frozen=True)
class Candidate:
    """One method at one target, and its FLOP ratio: kept multiply-adds over the dense ones."""

    name: str
    cell: Cell
    ratio: float


@dataclass(frozen=True)
class Match:
    """Two candidates at equal cost, and what their differences say."""

    one: Candidate
    other: Candidate
    sides: tuple[Side, Side]
    evidence: Paired | None


def pairs(test: Test, rows: Sequence[Measurement], best: Best) -> list[Finding]:
    """Compare every two methods at equal FLOP ratio, two-sided, with Holm over all pairs."""
    found = [
        match(test, one, other, rows, best)
        for one, other in equal_cost(test, candidates(test, rows))
    ]
    if not found:
        why = "no two methods have rows at equal FLOP ratio"
        return [Finding(test, test.title, "NOT RUN", notes=(why,), decides=False)]
    known = [one.evidence.p if one.evidence else None for one in found]
    adjusted = holm(known, len(found))
    return [finding(test, one, p, len(found)) for one, p in zip(found, adjusted, strict=True)]


def candidates(test: Test, rows: Sequence[Measurement]) -> list[Candidate]:
    """Give every method at every target, dense networks left out."""
    names = (*SHARED, test.by, "target")
    groups: dict[tuple[str, ...], list[float]] = {}
    for row in pick(rows, test.x):
        if row.method_id != "dense" and row.macs_sparse is not None and row.macs_dense:
            key = tuple(str(getattr(row, name)) for name in names)
            groups.setdefault(key, []).append(row.macs_sparse / row.macs_dense)
    return [
        Candidate(
            key[-2], {**test.x, **dict(zip(names, key, strict=True))}, sum(ratios) / len(ratios)
        )
        for key, ratios in groups.items()
    ]


def equal_cost(test: Test, known: Sequence[Candidate]) -> Iterator[tuple[Candidate, Candidate]]:
    """Walk over the pairs of different methods on one network whose FLOP ratios agree."""
    for one, other in combinations(known, 2):
        same = all(one.cell[name] == other.cell[name] for name in SHARED)
        near = abs(one.ratio - other.ratio) <= test.tolerance * max(one.ratio, other.ratio)
        if same and near and one.name != other.name:
            yield one, other


def match(
    test: Test, one: Candidate, other: Candidate, rows: Sequence[Measurement], best: Best
) -> Match:
    """Take the differences of two candidates by seed."""
    sides = measured(replace(test, x=one.cell, y=other.cell), rows, best)
    found = {} if any(side.problem for side in sides) else differences(*sides)
    return Match(one, other, sides, paired(found.values()) if found else None)


def finding(test: Test, found: Match, adjusted: float | None, family: int) -> Finding:
    """Say who is better, if that can be told."""
    one, other, evidence = found.one, found.other, found.evidence
    title = f"{one.name} - {other.name} at FLOP ratio {one.ratio:.3g} on {one.cell['model']}"
    missing = "; ".join(side.problem for side in found.sides if side.problem)
    bare = Finding(
        test,
        title,
        "REPORTED",
        unit=QUANTITIES[test.quantity].unit,
        behind=tuple(map(behind_side, found.sides)),
        decides=False,
    )
    if evidence is None:
        why = missing or "no seed has a number on both sides"
        return replace(bare, verdict="NOT RUN", notes=(why,))
    return replace(
        bare,
        alternative="two-sided sign-flip, x ≠ y",
        n=evidence.n,
        estimate=evidence.mean,
        low=evidence.low,
        high=evidence.high,
        p=None if evidence.sd is None else evidence.p,
        adjusted=adjusted,
        cross_check=evidence.p_wilcoxon,
        family=family,
        notes=(
            outcome(found, evidence, adjusted, family),
            *remarks(found.sides, differences(*found.sides)),
        ),
    )


def outcome(found: Match, evidence: Paired, adjusted: float | None, family: int) -> str:
    """Name the better of the two, or say why none is named."""
    if adjusted is not None and adjusted <= ALPHA and evidence.mean:
        return f"{(found.one if evidence.mean > 0 else found.other).name} is better"
    if not decisive(evidence.n, "two-sided", family):
        needed = seeds_needed(family, alternative="two-sided")
        return f"a tie: {evidence.n} seeds tell no pair of {family} apart, {needed} are needed"
    return "a tie: not told apart"
