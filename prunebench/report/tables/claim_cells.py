"""How the numbers of a test are written, in the unit of what it compares."""

from math import exp

from prunebench.claims.cell import written
from prunebench.claims.finding import Behind, Finding
from prunebench.report.wording import NOTHING

FORMS = {"points": "{:+.2f}", "log": "{:.2f}×", "kept %": "{:.1f} % kept", "removed %": "{:.1f} %"}
"""How an estimate is written, by its unit; others with three significant digits."""


def estimate_text(finding: Finding) -> str:
    """Write the estimate; of logarithms as the ratio x / y."""
    return in_unit(finding.estimate, finding.unit)


def interval_text(finding: Finding) -> str:
    """Write the 95 % interval."""
    if finding.low is None or finding.high is None:
        return NOTHING
    return f"{in_unit(finding.low, finding.unit)} to {in_unit(finding.high, finding.unit)}"


def in_unit(value: float | None, unit: str) -> str:
    """Write a number in its unit.

    >>> in_unit(0.256, "points"), in_unit(0.6931, "log"), in_unit(None, "points")
    ('+0.26', '2.00×', '–')
    """
    if value is None:
        return NOTHING
    return FORMS.get(unit, "{:.3g}").format(exp(value) if unit == "log" else value)


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
    tests = "test" if finding.family == 1 else "tests"
    return f"{p_text(finding.adjusted)} of {finding.family} {tests}"


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
    form = "{:.2f}" if unit == "points" else "{:.3g}"
    spread = f" (± {form.format(behind.sd)})" if behind.sd is not None else ""
    return f"{form.format(behind.mean)}{spread}"


def side_texts(finding: Finding) -> tuple[str, str]:
    """Write both sides; nothing where a rule has more or fewer cells."""
    unit = finding.unit if finding.unit != "removed %" else "points"
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


def check_text(finding: Finding) -> str:
    """Write the p of the cross-check; nothing without."""
    check = finding.cross_check
    return "" if check is None else f"signed-rank {p_text(check)}"


def said(finding: Finding) -> list[str]:
    """Give what must be said with a test: what p is against, its notes, its cells."""
    texts = (finding.alternative, *finding.notes, cells_text(finding))
    return [text for text in texts if text]


def cells_text(finding: Finding) -> str:
    """Write by what the cells of a test were selected, what they share but once.

    Two cells are called x and y, those of a ladder have numbers.
    """
    cells = [one.cell for one in finding.behind]
    if len(cells) < 2:
        return "".join(f"x: {written(cell)}" for cell in cells)
    shared = {k: v for k, v in cells[0].items() if all(cell.get(k) == v for cell in cells)}
    names = ("x", "y") if len(cells) == 2 else tuple(map(str, range(1, len(cells) + 1)))
    own = [
        f"{name}: {written({k: v for k, v in cell.items() if k not in shared})}"
        for name, cell in zip(names, cells, strict=True)
    ]
    return "; ".join([*own, *([f"all: {written(shared)}"] if shared else [])])
