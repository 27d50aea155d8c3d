"""How the numbers of a test are written, in the unit of what it compares."""

from collections.abc import Iterable
from itertools import count
from math import exp

from prunebench.claims.cell import Cell, written
from prunebench.claims.finding import Behind, Finding
from prunebench.claims.quantities import QUANTITIES
from prunebench.claims.title import is_dense, order
from prunebench.core.digest import Json
from prunebench.report.wording import NOTHING, rounded

FORMS = {"points": "{:+.2f}", "log": "{:.2f}×", "kept %": "{:.1f} % kept", "removed %": "{:.1f} %"}
"""How an estimate is written, by its unit; others with three significant digits."""

SIGNS = {
    "superior": ">",
    "equivalent": "≈",
    "noninferior": "≥",
    "argmin": "smallest",
    "pairs": "pairs",
}
"""How a line's title says by which rule it is decided."""

LAST = ("method", "model", "dataset")
"""Columns of a cell whose values may be long."""


def estimate_text(finding: Finding) -> str:
    """Write the estimate; of logarithms as the ratio x / y."""
    return in_unit(finding.estimate, finding.unit)


def interval_text(finding: Finding) -> str:
    """Write the 95 % interval."""
    if finding.low is None or finding.high is None:
        return NOTHING
    low, high = (in_unit(end, finding.unit) for end in (finding.low, finding.high))
    return f"{low.removesuffix(' % kept')} to {high}"


def in_unit(value: float | None, unit: str) -> str:
    """Write a number in its unit.

    >>> in_unit(-0.256, "points"), in_unit(0.6931, "log"), in_unit(None, "points")
    ('−0.26', '2.00×', '–')
    """
    if value is None:
        return NOTHING
    if unit == "points":
        text = FORMS[unit].format(rounded(value))
    else:
        text = FORMS.get(unit, "{:.3g}").format(exp(value) if unit == "log" else value)
    return f"−{text[1:]}" if text.startswith("-") else text


def p_text(p: float | None) -> str:
    """Write a p value.

    >>> p_text(0.03125), p_text(0.00002), p_text(None)
    ('0.031', '< 0.001', '–')
    """
    if p is None:
        return NOTHING
    return "< 0.001" if p < 0.0005 else f"{p:.3f}"


def holm_text(finding: Finding) -> str:
    """Write the p after Holm, and of how many tests the family is."""
    if finding.adjusted is None:
        return NOTHING
    return f"{p_text(finding.adjusted)} of {finding.family}"


def seeds_text(finding: Finding) -> str:
    """Write the number of seeds; of printed numbers, that of each side's runs."""
    if finding.n:
        return str(finding.n)
    runs = [one.n for one in finding.behind]
    return " and ".join("?" if n is None else str(n) for n in runs) if any(runs) else NOTHING


def side_text(behind: Behind, unit: str) -> str:
    """Write the mean of one side with its deviation."""
    if behind.mean is None:
        return NOTHING
    if unit == "log":
        return f"{exp(behind.mean):.0f}"
    spread = f" (± {level(behind.sd, unit)})" if behind.sd is not None else ""
    return f"{level(behind.mean, unit)}{spread}"


def level(value: float, unit: str) -> str:
    """Write a mean or a deviation; a plus is not written.

    >>> level(98.035, "points"), level(0.12345, "nats"), level(-5e-5, "nats")
    ('98.04', '0.123', '−5e-05')
    """
    text = str(rounded(value)) if unit == "points" else f"{value:.3g}"
    return f"−{text[1:]}" if text.startswith("-") else text


def side_texts(finding: Finding) -> tuple[str, str]:
    """Write both sides; nothing where a rule has more or fewer cells."""
    unit = QUANTITIES[finding.test.quantity].unit
    sides = [side_text(one, unit) for one in finding.behind[:2]]
    if finding.test.rule == "argmin":
        return NOTHING, NOTHING
    x, y, *_ = (*sides, NOTHING, NOTHING)
    return x, y


def line_cells(finding: Finding) -> list[str]:
    """Write a test as the cells of a line: title, result, sides, difference, p values, n."""
    return [
        finding.title,
        finding.verdict,
        *side_texts(finding),
        estimate_text(finding),
        interval_text(finding),
        p_text(finding.p),
        holm_text(finding),
        seeds_text(finding),
    ]


def short_cells(finding: Finding) -> list[str]:
    """Write a test as the cells of a short line: title, result, difference, p values, n."""
    return [
        finding.title,
        finding.verdict,
        estimate_text(finding),
        interval_text(finding),
        p_text(finding.p),
        p_text(finding.adjusted),
        seeds_text(finding),
    ]


def check_text(finding: Finding) -> str:
    """Write the p of the cross-check; nothing without."""
    check = finding.cross_check
    return "" if check is None else f"signed-rank {p_text(check)}"


def finds_text(finding: Finding) -> str:
    """Write the true difference that the seeds find, where a superiority was not confirmed."""
    size = finding.detectable
    if size is None:
        return ""
    return f"finds {in_unit(size, finding.unit).removeprefix('+')}"


def kinds_text(findings: Iterable[Finding]) -> str:
    """Say by which test each kind of line was decided, of the kinds that there are.

    Such as ``"> by one-sided sign-flip; ≥ by one-sided t"``.
    """
    found = dict.fromkeys(
        f"{SIGNS[one.test.rule]} by {one.alternative.partition(',')[0]}"
        for one in findings
        if one.alternative and one.test.rule in SIGNS
    )
    return "; ".join(found)


def in_order(cell: Cell) -> dict[str, Json]:
    """Put what tells cells apart first, and the method, whose label may be long, last."""
    return dict(sorted(cell.items(), key=lambda pair: (pair[0] in LAST, order(pair[0]))))


def cell_texts(finding: Finding) -> tuple[str, str, str]:
    """Write by what the cells of a test were selected: x, y, and what both have.

    The cells of a ladder stand in the place of x. An unpruned network has little of what the
    others share, which is said of them alone.
    """
    cells = [in_order(one.cell) for one in finding.behind]
    pruned = [cell for cell in cells if not is_dense(cell)]
    shared = {
        key: value
        for key, value in (pruned[0] if len(pruned) > 1 else {}).items()
        if all(cell.get(key) == value for cell in pruned)
    }
    own = [
        written({k: v for k, v in cell.items() if k not in shared or is_dense(cell)})
        for cell in cells
    ]
    y = own.pop() if len(own) == 2 else NOTHING
    return "; ".join(own) or NOTHING, y, written(shared) if shared else NOTHING


def behind_lines(finding: Finding) -> list[str]:
    """Write both sides of a test, or the steps of a ladder: a name, the mean, and the cell."""
    unit = QUANTITIES[finding.test.quantity].unit
    names = ("x", "y") if len(finding.behind) < 3 else map(str, count(1))
    return [
        f"{name} = {side_text(one, unit)}: {written(in_order(one.cell))}"
        for name, one in zip(names, finding.behind, strict=False)
    ]
