"""Outcomes as cells of a table."""

from collections.abc import Iterable

from benchmarks.speed.case import Goal, Kind
from benchmarks.speed.outcome import Outcome
from prunebench.cli.text import roughly

HEADERS = ("case", "value", "p10..p90", "goal", "met", "ours", "beside it")
LONG_SECONDS = 120.0
"""From here on seconds are told in larger units."""


def rows(outcomes: Iterable[Outcome]) -> list[list[str]]:
    """Write a row for each outcome."""
    return [row(outcome) for outcome in outcomes]


def row(outcome: Outcome) -> list[str]:
    """Write value, spread, verdict, and the speeds that they come from."""
    sides = [speed(outcome, side) for side in outcome.seconds]
    return [
        outcome.case,
        number(outcome.spread.median, outcome.kind),
        between(outcome),
        goal_text(outcome.goal, outcome.kind),
        verdict(outcome),
        sides[0],
        "; ".join(sides[1:]) or "-",
    ]


def number(value: float, kind: Kind) -> str:
    """Write a value.

    >>> number(0.934, "ratio"), number(0.0213, "share"), number(1.234, "seconds")
    ('0.93x', '2.1 %', '1.23 s')
    """
    if kind == "share":
        return f"{100 * value:.1f} %"
    if kind == "seconds":
        return roughly(value) if value >= LONG_SECONDS else f"{value:.3g} s"
    return f"{value:.2f}x" if value < 10 else f"{value:.1f}x"


def between(outcome: Outcome) -> str:
    """Write the spread; without a unit, which the value has."""
    if len(outcome.values) == 1:
        return "-"
    low, high = (number(value, outcome.kind) for value in (outcome.spread.low, outcome.spread.high))
    return f"{low.rstrip(' %sx')}..{high.rstrip(' %sx')}"


def goal_text(goal: Goal | None, kind: Kind) -> str:
    """Write a goal with its direction."""
    if goal is None:
        return "-"
    return f"{'<=' if goal.at_most else '>='} {number(goal.bound, kind)}"


def verdict(outcome: Outcome) -> str:
    """Say whether the goal is met."""
    if outcome.is_met is None:
        return "-"
    return "yes" if outcome.is_met else "no"


def speed(outcome: Outcome, side: str) -> str:
    """Write how fast a side was: in units per second, or its seconds where there is no unit."""
    taken = outcome.seconds[side]
    name = "" if side == "ours" else f"{side} "
    if not outcome.unit:
        return f"{name}{number(taken, 'seconds')}"
    return f"{name}{digits(outcome.amount / taken)} {outcome.unit}/s"


def digits(value: float) -> str:
    """Write three digits or more, never an exponent.

    >>> digits(0.61234), digits(532.17), digits(123456.7)
    ('0.612', '532', '123,457')
    """
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
