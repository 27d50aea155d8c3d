"""Where the smallest value of a ladder of cells lies, with a bootstrap over seeds."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from prunebench.claims.claim import Test
from prunebench.claims.examine import behind_side, censoring, replacement
from prunebench.claims.finding import Finding
from prunebench.claims.quantities import QUANTITIES, TO_TARGET, Best
from prunebench.claims.select import Side, side
from prunebench.results.measurement import Measurement
from prunebench.statistics.bootstrap import argmin_shares

RESAMPLES = 10_000


def argmin(test: Test, rows: Sequence[Measurement], best: Best) -> Finding:
    """Say at which kept percentage a quantity is smallest, and how sure that is.

    Confirmed if in at least `test.share` of the bootstrap samples of the seeds the smallest mean
    lies between the two kept fractions of `test.between`; never refuted.
    """
    steps = climbed(test, rows, best)
    if switched := replacement(test, steps):
        test = replace(test, quantity=TO_TARGET)
        steps = climbed(test, rows, best)
    missing = "; ".join(dict.fromkeys(one.problem for one in steps if one.problem))
    behind = tuple(map(behind_side, steps))
    bare = Finding(test, test.title, "NOT RUN", unit="kept %", behind=behind, decides=test.primary)
    if missing:
        return replace(bare, notes=(missing,))
    table = pd.DataFrame({n: pd.Series(dict(s.values)) for n, s in enumerate(steps)}).dropna()
    if len(table) < 2:
        why = f"seeds with a number at every step: {len(table)}; a bootstrap needs 2"
        notes = tuple(filter(None, (switched, why)))
        return replace(bare, verdict="INCONCLUSIVE", n=len(table), notes=notes)
    shares = argmin_shares(table, np.random.default_rng(0), RESAMPLES)
    found = located(bare, steps, table.mean().to_list(), shares.to_list())
    return replace(found, notes=tuple(filter(None, (switched, *found.notes))))


def climbed(test: Test, rows: Sequence[Measurement], best: Best) -> list[Side]:
    """Measure the cells of a ladder."""
    return [side(rows, cell, QUANTITIES[test.quantity], best) for cell in test.ladder]


def located(
    bare: Finding, steps: Sequence[Side], means: Sequence[float], shares: Sequence[float]
) -> Finding:
    """Complete a finding by the place of the smallest mean, in all seeds and in the samples."""
    test = bare.test
    kept = [100 * (one.density or 0.0) for one in steps]
    low, high = (100 * end for end in test.between)
    inside = sum(share for at, share in zip(kept, shares, strict=True) if low <= at <= high)
    said = (
        f"in {100 * inside:.0f} % of {RESAMPLES} bootstrap samples of the seeds the smallest value "
        f"lies between {low:g} and {high:g} % kept; {100 * test.share:g} % confirm",
        censoring(steps) if any(one.censored for one in steps) else "",
        test.note,
    )
    return replace(
        bare,
        verdict="CONFIRMED" if inside >= test.share else "INCONCLUSIVE",
        alternative="bootstrap over seeds",
        n=min(len(one.values) for one in steps),
        estimate=kept[means.index(min(means))],
        low=quantile(kept, shares, 0.025),
        high=quantile(kept, shares, 0.975),
        notes=tuple(filter(None, said)),
    )


def quantile(places: Sequence[float], shares: Sequence[float], level: float) -> float:
    """Give the place below or at which a share of all samples lies.

    >>> quantile([100, 50, 20], [0.5, 0.48, 0.02], 0.025)
    50
    """
    reached = 0.0
    for place, share in sorted(zip(places, shares, strict=True)):
        reached += share
        if reached >= level:
            return place
    return max(places)
