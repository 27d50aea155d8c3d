"""Layouts of published statements: sentences that give a number, and our cells of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.experiment.layout_text import LayoutText, Value, checked

Cell = dict[str, Value | tuple[Value, ...]]
Given = Annotated[Cell, Field(min_length=1)]
Bound = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Quantity = Literal[
    "accuracy",
    "accuracy_best",
    "accuracy_early_stop",
    "log_early_stop",
    "log_time_to_target",
    "generalisation_gap",
    "train_accuracy",
]
"""What statements are about: of the quantities that claims compare those in points or in steps."""


@dataclass(frozen=True)
class Statement:
    """One published statement and where ours of it is measured.

    Parameters
    ----------
    published
        Columns of the reference that select it.
    quantity
        What is compared, as in claims.
    x, y
        Cells of our rows, as in claims; ours is x - y, and x alone without y.
    tiers
        What both cells have besides at each tier.
    above, below
        Of a statement without a number: the bound that it states, in the quantity's unit.
    """

    published: Mapping[str, Json]
    quantity: str
    x: Mapping[str, Json]
    y: Mapping[str, Json] = field(default_factory=dict)
    tiers: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    above: float | None = None
    below: float | None = None


@dataclass(frozen=True)
class Statements:
    """What a table of published statements looks like.

    Parameters
    ----------
    id, title, caption, reference, footnotes
        As of a `Layout`.
    statements
        Its lines.
    """

    id: str
    title: str
    caption: str
    reference: str
    statements: tuple[Statement, ...]
    footnotes: tuple[str, ...] = ()


class StatementText(BaseModel):
    """A statement as TOML writes it."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    published: Given = Field(description="columns of the reference that select the statement")
    quantity: Quantity = Field(description="what is compared, a quantity of claims")
    x: Given = Field(description="cell of our rows; ours is x - y, or x alone")
    y: Cell = Field({}, description="cell of our rows that x is compared with")
    tiers: dict[str, Cell] = Field({}, description="by tier, what x and y have besides")
    above: Bound | None = Field(None, description="a bound that is stated without a number")
    below: Bound | None = Field(None, description="likewise, from above")


class StatementsText(LayoutText):
    """A layout of statements as TOML writes it."""

    kind: Literal["statements"] = Field(description="that its lines are statements")
    tiers: dict[str, Cell] = Field({}, description="by tier, what all cells have besides")
    statements: Annotated[list[dict[str, object]], Field(min_length=1)] = Field(
        description="the statements"
    )


def read_statements(table: Mapping[str, object], where: str) -> Statements:
    """Check a layout of statements.

    Raises
    ------
    SpecError
        If a key is unknown, missing or has an unusable value.
    """
    text = checked(StatementsText, table, where)
    return Statements(
        text.id,
        text.title,
        text.caption,
        text.reference,
        tuple(
            read_statement(one, text.tiers, f"{where}, statements[{number}]")
            for number, one in enumerate(text.statements)
        ),
        tuple(text.footnotes),
    )


def read_statement(
    values: Mapping[str, object], tiers: Mapping[str, Cell], where: str
) -> Statement:
    """Check one statement; its own entries of a tier come over what all have in common.

    Raises
    ------
    SpecError
        If a key is unknown, missing or has an unusable value, or both bounds are given.
    """
    text = checked(StatementText, values, where)
    if text.above is not None and text.below is not None:
        msg = f"{where}: above and below cannot both be stated; leave one of them out."
        raise SpecError(msg)
    return Statement(
        published=text.published,
        quantity=text.quantity,
        x=text.x,
        y=text.y,
        tiers={tier: {**tiers.get(tier, {}), **cell} for tier, cell in text.tiers.items()},
        above=text.above,
        below=text.below,
    )
