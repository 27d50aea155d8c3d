"""Layouts of published tables: ``[[tables]]`` of a TOML, checked by pydantic."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.experiment.complaint import first_complaint, place, sentence

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
        Protocols, in the paper's order.
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


def as_list(value: object) -> object:
    """Let one thing stand for a list of one."""
    return value if isinstance(value, list) else [value]


Name = Annotated[str, Field(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
Text = Annotated[str, Field(strict=True, min_length=1)]
Texts = Annotated[list[Text], Field(min_length=1)]
Value: TypeAlias = str | Annotated[float, Field(strict=True)]
Admitted = Annotated[list[Value], Field(min_length=1), BeforeValidator(as_list)]


class LayoutTable(BaseModel):
    """A layout as TOML writes it."""

    model_config = ConfigDict(extra="forbid")

    id: Name = Field(description="short name of the table, such as table11a")
    title: Text = Field(description="number of the table in its publication")
    caption: Text = Field(description="what the table shows")
    reference: Name = Field(description="file of published rows, without .csv")
    where: dict[str, Admitted] = Field({}, description="values of columns that rows must have")
    metric: Metric = Field(description="what the numbers are")
    point: Point = Field("last", description="step of ours that is compared")
    rows: Texts = Field(description="labels of a line, in the paper's order")
    columns: Texts = Field(description="protocols, in the paper's order")
    headings: dict[str, Text] = Field({}, description="headings by row label and protocol")
    footnotes: list[Text] = Field([], description="errata and readings, shown below the table")

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


def read_layouts(tables: Sequence[object], where: str) -> tuple[Layout, ...]:
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


def read_layout(table: object, where: str) -> Layout:
    """Check one layout.

    Raises
    ------
    SpecError
        If it is no table, or a key is unknown, missing or has an unusable value.
    """
    if not isinstance(table, Mapping):
        msg = f"{where} must be a table, got {table!r}; begin each layout with [[tables]]."
        raise SpecError(msg)
    try:
        layout = LayoutTable.model_validate(dict(table)).layout()
    except ValidationError as error:
        # A misspelt key is also a missing one; what was written says more than what was not.
        unknown = (one for one in error.errors() if one["type"] == "extra_forbidden")
        raise SpecError(complaint(next(unknown, first_complaint(error)), where)) from None
    refuse_strangers(layout.rows, LABELS, f"{where}: rows")
    refuse_strangers(layout.where, FILTERS, f"{where}: where")
    known = [*layout.rows, *layout.columns, *([VALUE] if layout.is_long else [])]
    refuse_strangers(layout.headings, known, f"{where}: headings")
    if layout.point == "best" and layout.metric.startswith("top5"):
        msg = f"{where}: point = 'best' is not recorded for top-5; use 'last' or 'selected'."
        raise SpecError(msg)
    return layout


def complaint(found: ErrorDetails, where: str) -> str:
    """Turn pydantic's complaint into one sentence."""
    key = str(found["loc"][0])
    if found["type"] == "extra_forbidden":
        return f"{where}: unknown key {key!r}{hint(key, LayoutTable.model_fields)}"
    if found["type"] == "missing":
        about = LayoutTable.model_fields[key].description
        return f"{where} lacks {key!r}: {about}."
    if found["type"] == "string_pattern_mismatch":
        what = f"{where}: {place([key])} = {found['input']!r} cannot be used"
        return f"{what}: it must be letters, digits, hyphens and underscores."
    # pydantic's names for the members of a union are no part of the place
    path = [part for part in found["loc"] if part not in ("str", "float")]
    return f"{where}: {sentence(path, found)}"


def refuse_strangers(given: Iterable[str], known: Iterable[str], where: str) -> None:
    """Refuse a name that nothing answers to.

    Raises
    ------
    SpecError
        With the nearest name, or all of them.
    """
    names = list(known)
    for name in given:
        if name not in names:
            msg = f"{where} has no entry {name!r}{hint(name, names)}"
            raise SpecError(msg)


def hint(name: str, known: Iterable[str]) -> str:
    """Give the nearest known name, or all of them.

    >>> hint("metrik", ["metric", "rows"]), hint("x", ["metric", "rows"])
    ("; did you mean 'metric'?", '; there are: metric, rows.')
    """
    names = list(known)
    near = get_close_matches(name, names, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(names)}."
