"""Titles of tests, made of what tells their cells apart."""

from collections.abc import Mapping

from prunebench.claims.cell import TRAINING, Cell, plain
from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.experiment.choice import Choice, parse_choice

FIRST = ("protocol", "target", "printed", "method", "model")
"""Columns in the order in which they are named; others follow."""

RULES: Mapping[str, tuple[str, str]] = {
    "superior": (">", "by {:g}"),
    "equivalent": ("≈", "within {:g}"),
    "noninferior": ("≥", "less {:g}"),
}
"""What stands between the cells, and how a margin is said."""


def title_of(rule: str, quantity: str, x: Cell, y: Cell, margin: float, at: str) -> str:
    """Make a title.

    Parameters
    ----------
    rule, x, y, margin
        Of the test.
    quantity
        What is compared, in words.
    at
        What tells it from its like.

    >>> cells = {"protocol": "ticket", "target": "0.2"}, {"protocol": "random", "target": "0.2"}
    >>> title_of("equivalent", "accuracy", *cells, 0.5, "")
    'accuracy: ticket ≈ random, within 0.5'
    """
    shared = x.get("protocol") if not y or x.get("protocol") == y.get("protocol") else None
    subject = f"{quantity} ({plain(shared)})" if shared else quantity
    if rule == "argmin":
        subject = f"where the {subject} is smallest"
    if rule not in RULES:
        return f"{subject}, {at}" if at else subject
    sign, said = RULES[rule]
    sides = f"{subject}: {apart(x, y, at)} {sign} {apart(y, x, at)}"
    return ", ".join(filter(None, (sides, said.format(margin) if margin else "", at)))


def apart(cell: Cell, other: Cell, at: str) -> str:
    """Write the values of a cell that the other lacks, and that were not said already."""
    if is_dense(cell):
        cell = {"method": "dense"} | {k: v for k, v in cell.items() if k not in FIRST}
    said = [
        (key, value_text(key, cell[key], other))
        for key in sorted(cell, key=order)
        if cell[key] != other.get(key, "")
    ]
    shown = [(key, text) for key, text in said if text != at]
    texts = [
        f"({text})" if key == "method" and place else text
        for place, (key, text) in enumerate(shown)
    ]
    return " ".join(texts) or "x"


def order(key: str) -> int:
    """Give the place of a column among those that are named."""
    return FIRST.index(key) if key in FIRST else len(FIRST)


def is_dense(cell: Cell) -> bool:
    """Say whether a cell is of the unpruned network."""
    return "dense" in (cell.get("method"), cell.get("protocol"))


def value_text(key: str, value: Json, other: Cell) -> str:
    """Write one value; a number with its column, a method without the settings both have."""
    if key == "method" and isinstance(value, str):
        return method_text(value, other.get("method"))
    if isinstance(value, int | float):
        return f"{key.removeprefix(TRAINING)} {plain(value)}"
    return plain(value)


def method_text(value: str, other: Json) -> str:
    """Shorten a method's label to what tells it from another: of its like the settings alone.

    >>> method_text("obd[rate=0.1,rounds=0]", "obd[rate=0.1]"), method_text("obd[rate=0.1]", "sss")
    ('rounds=0', 'obd')
    """
    try:
        own, its = parse_choice(value), parse_choice(str(other))
    except SpecError:
        return value
    if own.name != its.name:
        return own.name
    differ = {k: v for k, v in own.settings.items() if its.settings.get(k) != v}
    return Choice("", differ).label[1:-1] if differ else own.name
