"""Tests without a verdict: an estimate with its interval, and how much may be removed."""

from collections.abc import Sequence
from dataclasses import replace

from prunebench.claims.cell import Cell, plain
from prunebench.claims.claim import Test
from prunebench.claims.examine import behind_side, conclude, examine, remarks
from prunebench.claims.finding import Finding
from prunebench.claims.quantities import QUANTITIES, Best
from prunebench.claims.select import pick, side
from prunebench.results.measurement import Measurement
from prunebench.statistics.interval import summarise

SHARED = ("dataset", "model", "recipe")
"""What two rows must share to be compared by a test that looks for its cells itself."""


def report(test: Test, rows: Sequence[Measurement], best: Best) -> list[Finding]:
    """Describe x, or x - y, or with `by` how much may be removed; nothing is decided."""
    if test.by:
        return largest_removed(test, rows, best)
    if test.y:
        found = conclude(examine(test, rows, best), None, 0)
        return [replace(found, p=None, alternative="", decides=False)]
    return [alone(test, rows, best)]


def alone(test: Test, rows: Sequence[Measurement], best: Best) -> Finding:
    """Give the mean of one cell with its interval."""
    quantity = QUANTITIES[test.quantity]
    one = side(rows, test.x, quantity, best)
    bare = Finding(
        test,
        test.title,
        "NOT RUN",
        unit=quantity.unit,
        behind=(behind_side(one),),
        decides=False,
    )
    found = summarise(one.values.values())
    if one.problem:
        return replace(bare, notes=(one.problem,))
    if found is None:
        return replace(bare, verdict="REPORTED", notes=(*remarks([one], {}), "no number"))
    return replace(
        bare,
        verdict="REPORTED",
        n=found.n,
        estimate=found.mean,
        low=found.low,
        high=found.high,
        notes=(*remarks([one], dict(one.values)), *([test.note] if test.note else [])),
    )


def largest_removed(test: Test, rows: Sequence[Measurement], best: Best) -> list[Finding]:
    """Give for every value of a column the largest fraction that could be removed.

    That is the largest removed fraction at which x is non-inferior to y by the test's margin; the
    network and recipe are those of y. Nothing is said of fractions that were not tried.
    """
    groups: dict[tuple[str, ...], dict[str, None]] = {}
    for row in pick(rows, test.x):
        key = tuple(str(getattr(row, name)) for name in (*SHARED, test.by))
        groups.setdefault(key, {})[row.target] = None
    if not groups:
        return [alone(replace(test, y={}), rows, best)]
    found = []
    for key, targets in groups.items():
        shared = dict(zip(SHARED, key, strict=False))
        own: Cell = {test.by: key[-1]}
        tried = [
            examine(as_test(test, shared, {**own, "target": target}), rows, best)
            for target in targets
        ]
        judged = [conclude(one, None, 0) for one in tried]
        removed = [
            (1 - (one.sides[0].density or 1.0), finding)
            for one, finding in zip(tried, judged, strict=True)
        ]
        found.append(summary(test, f"{plain(key[-1])} on {shared['model']}", removed))
    return found


def as_test(test: Test, shared: Cell, own: Cell) -> Test:
    """Write out the non-inferiority test of one network."""
    x, y = {**shared, **test.x, **own}, {**shared, **test.y}
    return replace(test, rule="noninferior", x=x, y=y, primary=False, by="")


def summary(test: Test, title: str, removed: Sequence[tuple[float, Finding]]) -> Finding:
    """Make one finding of all fractions that were tried."""
    held = [(share, one) for share, one in removed if one.verdict == "CONFIRMED"]
    ran = [one for _, one in removed if one.verdict != "NOT RUN"]
    best, behind = max(held, key=lambda pair: pair[0], default=(0.0, removed[0][1]))
    said = (
        f"{100 * best:.1f} % of the prunable weights can go with a loss of at most "
        f"{test.margin:g} points"
        if held
        else f"no fraction that was tried is shown to keep within {test.margin:g} points"
    )
    return Finding(
        test,
        title,
        "REPORTED" if ran else "NOT RUN",
        unit="removed %",
        n=behind.n,
        estimate=100 * best if held else None,
        behind=behind.behind,
        notes=(
            *((said,) if ran else behind.notes),
            f"{len(held)} of {len(removed)} fractions not inferior",
        ),
        decides=False,
    )
