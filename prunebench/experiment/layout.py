"""Layouts of published tables: ``[[tables]]`` of a TOML, checked by pydantic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pydantic import Field

from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.experiment.choice import parse_choice
from prunebench.experiment.layout_text import (
    Admitted,
    LayoutText,
    Text,
    Texts,
    checked,
    refuse_strangers,
)
from prunebench.experiment.statements import Statements, read_statements

Metric: TypeAlias = Literal[
    "test_accuracy", "test_error", "top1_accuracy", "top5_accuracy", "top1_change", "top5_change"
]
Point: TypeAlias = Literal["last", "selected", "best"]

LABELS = ("dataset", "model", "method", "printed", "target", "dense", "protocol", "lr")
"""What a line can be labelled with; ``dense`` is the unpruned network's number."""

FILTERS = ("table", "dataset", "model", "method", "printed", "target", "protocol", "lr")
"""Columns of the reference rows that can be filtered by."""

VALUE = "value"
"""Heading of the numbers of a table whose protocols are lines instead of columns."""


@dataclass(frozen=True)
class Layout:
    """What a published table looks like.

    Parameters
    ----------
    id, title, caption
        Short name; number of the table; what it shows.
    reference
        Name of the file with the published rows, without ``.csv``.
    where
        Admitted values by column: only such rows of the reference, and of ours, are shown.
    metric, point
        What the numbers are; which step of ours they are compared with.
    rows
        What labels a line, in the paper's order.
    columns
        Protocols, in the paper's order, with settings where these matter: a published number is
        held against the first column of its protocol.
    headings
        Headings by entry of `rows` and `columns`.
    footnotes
        Errata and readings, shown below.
    """

    id: str
    title: str
    caption: str
    reference: str
    metric: Metric
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    point: Point = "last"
    where: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    footnotes: tuple[str, ...] = ()

    @property
    def is_long(self) -> bool:
        """Whether every protocol has lines of its own instead of a column."""
        return "protocol" in self.rows

    def column(self, protocol: str) -> str | None:
        """Give the column of a published protocol: the first of its id; None without any."""
        return next((name for name in self.columns if name.partition("[")[0] == protocol), None)


class LayoutTable(LayoutText):
    """A layout as TOML writes it."""

    kind: Literal["table"] = Field("table", description="that it is a table of cells")
    where: dict[str, Admitted] = Field({}, description="values of columns that rows must have")
    metric: Metric = Field(description="what the numbers are")
    point: Point = Field("last", description="step of ours that is compared")
    rows: Texts = Field(description="labels of a line, in the paper's order")
    columns: Texts = Field(description="protocols, in the paper's order, also with settings")
    headings: dict[str, Text] = Field({}, description="headings by row label and column")

    def layout(self) -> Layout:
        """Turn the checked text into a Layout."""
        return Layout(
            id=self.id,
            title=self.title,
            caption=self.caption,
            reference=self.reference,
            metric=self.metric,
            point=self.point,
            rows=tuple(self.rows),
            columns=tuple(self.columns),
            where={key: tuple(values) for key, values in self.where.items()},
            headings=self.headings,
            footnotes=tuple(self.footnotes),
        )


def read_layouts(tables: Sequence[object], where: str) -> tuple[Layout | Statements, ...]:
    """Check the layouts of an experiment or of a template.

    Parameters
    ----------
    tables
        The entries of ``[[tables]]``.
    where
        What messages call the source: a file, or a benchmark.

    Raises
    ------
    SpecError
        With the source, the number of the entry and the key.
    """
    found = tuple(
        read_layout(table, f"{where}, tables[{number}]") for number, table in enumerate(tables)
    )
    ids = [layout.id for layout in found]
    for name in ids:
        if ids.count(name) > 1:
            msg = f"{where}: two tables have the id {name!r}; give each its own."
            raise SpecError(msg)
    return found


def read_layout(table: object, where: str) -> Layout | Statements:
    """Check one layout.

    Raises
    ------
    SpecError
        If it is no table, or a key is unknown, missing or has an unusable value.
    """
    if not isinstance(table, Mapping):
        msg = f"{where} must be a table, got {table!r}; begin each layout with [[tables]]."
        raise SpecError(msg)
    kind = str(table.get("kind", "table"))
    refuse_strangers([kind], ("table", "statements"), f"{where}: kind")
    return read_statements(table, where) if kind == "statements" else read_table(table, where)


def read_table(table: Mapping[str, object], where: str) -> Layout:
    """Check the layout of a table of cells.

    Raises
    ------
    SpecError
        If a key is unknown, missing or has an unusable value.
    """
    layout = checked(LayoutTable, table, where).layout()
    refuse_strangers(layout.rows, LABELS, f"{where}: rows")
    refuse_strangers(layout.where, FILTERS, f"{where}: where")
    known = [*layout.rows, *layout.columns, *([VALUE] if layout.is_long else [])]
    refuse_strangers(layout.headings, known, f"{where}: headings")
    refuse_columns(layout.columns, where)
    if layout.point == "best" and layout.metric.startswith("top5"):
        msg = f"{where}: point = 'best' is not recorded for top-5; use 'last' or 'selected'."
        raise SpecError(msg)
    return layout


def refuse_columns(columns: Sequence[str], where: str) -> None:
    """Refuse a column that is no protocol, or stands there twice.

    Raises
    ------
    SpecError
        With the column.
    """
    seen: set[str] = set()
    for name in columns:
        try:
            label = parse_choice(name).label
        except SpecError as error:
            msg = f"{where}: columns: {error}"
            raise SpecError(msg) from None
        if label in seen:
            msg = f"{where}: columns has {name!r} twice; give every column once."
            raise SpecError(msg)
        seen.add(label)
