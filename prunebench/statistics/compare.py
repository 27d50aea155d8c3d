"""Methods against a reference, paired by seed, cell by cell of a data frame of results."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import pandas as pd

from prunebench.errors import SpecError
from prunebench.statistics.cells import CELL, Seeds, cells_of, differences
from prunebench.statistics.interval import Summary
from prunebench.statistics.multiplicity import holm
from prunebench.statistics.paired import Paired, decisive, paired

Outcome: TypeAlias = Literal["better", "worse", "tie", "untested"]


@dataclass(frozen=True)
class Comparison:
    """One method against the reference in one cell.

    Parameters
    ----------
    cell
        Coordinates of the cell, by column.
    method, reference
        The difference is method minus reference.
    result
        The paired differences, two-sided; None if no seed measured both.
    test
        Which p is used: ``"t"``, ``"exact sign-flip"``, or ``"random sign-flip"`` beyond 20 seeds.
    p, adjusted_p
        That p, alone and after Holm; None if there is no result.
    tests
        Size of the family that Holm adjusted for.
    effect
        Mean over deviation of the differences; None where nothing varies.
    outcome
        How the method did; ``"untested"`` below two common seeds.
    lost
        Seeds that are missing because a side has no number for them.
    """

    cell: Mapping[str, str]
    method: str
    reference: str
    result: Paired | None
    test: str
    p: float | None
    adjusted_p: float | None
    tests: int
    effect: float | None
    outcome: Outcome
    lost: tuple[int, ...]


def compare_methods(
    frame: pd.DataFrame,
    column: str,
    reference: str,
    *,
    by: Sequence[str] = CELL,
    alpha: float = 0.05,
    lower_is_better: bool = False,
) -> list[Comparison]:
    """Compare every method with the reference in every cell that has both; see `declaration`.

    Parameters
    ----------
    frame
        Results as `load_results` gives them; controls are passed over. The dense network is
        compared only where its rows share a cell with the reference.
    column
        The number compared, such as ``"test_accuracy_last"``.
    reference
        Label of the reference method, such as ``"magnitude"``.
    by
        Columns that make a cell. Without ``"target"`` they are the family that Holm adjusts for.
    alpha
        Level of a family.
    lower_is_better
        For losses, steps and costs.

    Raises
    ------
    SpecError
        If no row is of the reference, or a cell holds a trial twice.
    """
    own = without_controls(frame)
    if reference not in set(own["method"]):
        msg = f"no row is of the reference {reference!r}; there are {named(own['method'])}."
        raise SpecError(msg)
    found = [
        compare_pair(dict(zip(by, cell, strict=True)), (method, reference), sides)
        for cell, sides in cells_of(own, column, by).items()
        if reference in sides
        for method in sides
        if method != reference
    ]
    return judged(adjusted(found, by), alpha, lower_is_better=lower_is_better)


def without_controls(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out the controls of methods."""
    return frame[frame["control_of"].fillna("") == ""]


def own_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out the controls of methods, and the dense network."""
    own = without_controls(frame)
    return own[own["method"] != "dense"]


def named(labels: Iterable[str]) -> str:
    """List labels, each once."""
    return ", ".join(dict.fromkeys(labels)) or "none"


def compare_pair(
    cell: Mapping[str, str], methods: tuple[str, str], sides: Mapping[str, Seeds]
) -> Comparison:
    """Compare two methods by their seeds in one cell, as if it were the only comparison."""
    found = differences(sides[methods[0]], sides[methods[1]])
    result = paired(found.by_seed.values(), "two-sided") if found.by_seed else None
    test, p = chosen(result)
    return Comparison(
        cell=cell,
        method=methods[0],
        reference=methods[1],
        result=result,
        test=test,
        p=p,
        adjusted_p=p,
        tests=1,
        effect=result.mean / result.sd if result and result.sd else None,
        outcome="untested",
        lost=found.lost,
    )


def chosen(result: Paired | None) -> tuple[str, float | None]:
    """Name the test that counts, and give its p.

    Below six seeds the exact test cannot go under 0.05, so it is t there, where t is defined.
    """
    if result is None:
        return "", None
    if result.p_t is not None and not decisive(result.n, "two-sided"):
        return "t", result.p_t
    return ("exact sign-flip" if result.exact else "random sign-flip"), result.p


def adjusted(found: Sequence[Comparison], by: Sequence[str]) -> list[Comparison]:
    """Adjust the p values by Holm within each family."""
    families: dict[tuple[str, ...], list[int]] = {}
    for place, one in enumerate(found):
        key = tuple(one.cell[name] for name in by if name != "target")
        families.setdefault(key, []).append(place)
    given = list(found)
    for places in families.values():
        p_values = holm([found[place].p for place in places], tests=len(places))
        for place, p in zip(places, p_values, strict=True):
            given[place] = replace(found[place], adjusted_p=p, tests=len(places))
    return given


def judged(found: Iterable[Comparison], alpha: float, *, lower_is_better: bool) -> list[Comparison]:
    """Fill in the outcomes: a tie where the interval includes 0 or the adjusted p exceeds alpha."""
    given = []
    for one in found:
        outcome = outcome_of(one.result, lower_is_better=lower_is_better)
        significant = one.adjusted_p is not None and one.adjusted_p <= alpha
        stands = significant or outcome == "untested"
        given.append(replace(one, outcome=outcome if stands else "tie"))
    return given


def outcome_of(result: Paired | Summary | None, *, lower_is_better: bool = False) -> Outcome:
    """Say on which side of 0 the 95 % interval lies; a tie if it includes 0.

    A tie too where few seeds all differ equally: accuracies count images, so that is a coincidence
    and the interval of no width says nothing.
    """
    if result is None or result.low is None or result.high is None:
        return "untested"
    unknown = not result.sd and not decisive(result.n, "two-sided")
    if unknown or result.low <= 0 <= result.high:
        return "tie"
    return "better" if (result.low > 0) != lower_is_better else "worse"


def declaration(reference: str, by: Sequence[str] = CELL, alpha: float = 0.05) -> str:
    """Say in words what `compare_methods` does: pairing, alternative, tests, family, ties."""
    family = [name for name in by if name != "target"]
    return (
        f"Differences are method minus {reference}, paired by seed, draws averaged within a seed. "
        "Tests are two-sided: t below six seeds (with five the exact test cannot go under "
        "p = 0.0625), exact sign-flip from six. Holm adjusts within all comparisons of one "
        f"{', '.join(family)}. A tie: the 95 % interval includes 0, or the adjusted p exceeds "
        f"{alpha:g}."
    )
