"""Methods of a board against its reference, paired by seed."""

from collections.abc import Iterable, Mapping
from statistics import median

from prunebench.leaderboard.board import Detectable
from prunebench.leaderboard.number import Difference
from prunebench.leaderboard.ranking.places import ALPHA
from prunebench.leaderboard.steady import steady
from prunebench.statistics.cells import Seeds
from prunebench.statistics.compare import Comparison, adjusted, compare_pair, judged
from prunebench.statistics.power import detectable_difference

BY = ("target",)
"""All targets of a board are one family."""


def differences(
    cells: Mapping[str, Mapping[str, Seeds]], reference: str
) -> dict[tuple[str, str], Difference]:
    """Compare methods with the reference in every cell; all comparisons are one family for Holm.

    Parameters
    ----------
    cells
        Numbers by cell, method and seed; cells without the reference are passed over.
    reference
        Label of the method that is subtracted.

    Returns
    -------
    dict of tuple to Difference
        By cell and method.
    """
    found = [
        compare_pair({"target": cell}, (method, reference), sides)
        for cell, sides in cells.items()
        if reference in sides
        for method in sorted(sides)
        if method != reference
    ]
    decided = judged(adjusted(found, BY), ALPHA, lower_is_better=False)
    return {(one.cell["target"], one.method): difference(one) for one in decided}


def difference(one: Comparison) -> Difference:
    """Take from a comparison what a board shows."""
    found = one.result
    return Difference(
        mean=steady(found.mean if found else None),
        low=steady(found.low if found else None),
        high=steady(found.high if found else None),
        n=found.n if found else 0,
        test=one.test,
        p=steady(one.p),
        adjusted_p=steady(one.adjusted_p),
        tests=one.tests,
        effect=steady(one.effect),
        detectable=steady(detectable(one)),
        verdict=one.outcome,
    )


def detectable(one: Comparison) -> float | None:
    """Give the difference that a comparison's seeds find with 80 % power.

    None for one seed, and where all differ by the same number of images, which is no precision.
    """
    if one.result is None or not one.result.sd:
        return None
    return detectable_difference(one.result.sd, one.result.n)


def detectable_range(found: Iterable[Difference]) -> Detectable | None:
    """Say over all comparisons of a board what its seeds can detect."""
    sizes = sorted(one.detectable for one in found if one.detectable is not None)
    return Detectable(sizes[0], steady(median(sizes)), sizes[-1]) if sizes else None


def tests_used(found: Iterable[Difference]) -> tuple[str, ...]:
    """Name the tests."""
    return tuple(sorted({one.test for one in found if one.test}))


def statement(reference: str) -> str:
    """Say in words how methods are compared and ranked."""
    return (
        f"Differences are method minus {reference}, paired by seed. Tests are two-sided: t below "
        "six seeds (with five the exact test cannot go under p = 0.0625), exact sign-flip from "
        "six. Holm adjusts within all comparisons of a board with the reference, those of the "
        "area apart. A tie: the 95 % interval includes 0, or the adjusted p exceeds "
        f"{ALPHA:g}. For places every two methods are compared in the same way, and Holm adjusts "
        "within the comparisons of one column; a method's places reach from one more than the "
        "number of methods that beat it to the number of those that it does not beat: seeds that "
        "scatter widely give a wide range, which may begin at 1. Methods with trials that "
        "collapsed or diverged come last at that compression."
    )
