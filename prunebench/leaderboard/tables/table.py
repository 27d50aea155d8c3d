"""Tables as CSV and JSON, in the same order and with the same numbers."""

import csv
import io
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prunebench.core.digest import Json

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet would compute; some read the wide forms as well."""


ABOUT = (
    "Each row has a value for each of the columns, in their order; null where there is none. "
    "Accuracies and densities are fractions of 1."
)
"""What a table as JSON says of itself."""


@dataclass(frozen=True)
class Table:
    """Rows with named columns.

    Parameters
    ----------
    path
        Name below the folder of downloads, without an ending.
    columns
        Names.
    rows
        Values, as many as columns; None where there is none.
    """

    path: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Json, ...], ...]


def table(path: str, columns: str, rows: Sequence[Sequence[Json]]) -> Table:
    """Make a table; columns are named in one line."""
    return Table(path, tuple(columns.split()), tuple(map(tuple, rows)))


def to_csv(given: Table) -> str:
    """Write a table as RFC 4180 says: lines end with CR and LF, empty cells are None."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(given.columns)
    writer.writerows(map(cell, row) for row in given.rows)
    return file.getvalue()


def cell(value: Json) -> str:
    """Write a value; text that a spreadsheet would take for a formula gets an apostrophe.

    Nobody sees control and format characters in a cell: they are dropped from text.

    >>> cell(" =1+1"), cell(-0.5), cell(True), cell(None)
    ("' =1+1", '-0.5', 'true', '')
    """
    if isinstance(value, str):
        text = clean(value)
        return f"'{text}" if text.lstrip().startswith(FORMULA) else text
    return "" if value is None else json.dumps(value, allow_nan=False)


def clean(text: str) -> str:
    """Drop what is no character that anybody sees, line ends apart.

    >>> clean("a" + chr(8238) + "b" + chr(27))
    'ab'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c == "\n" or unicodedata.category(c)[0] != "C")


def to_json(given: Table, head: Mapping[str, Json]) -> str:
    """Write a table as strict JSON: what the head says, names of columns, a list for each row."""
    known: dict[str, Json] = {"about": ABOUT, **head, "columns": [*given.columns]}
    first = "".join(f"{json.dumps(name)}: {written(value)},\n" for name, value in known.items())
    lines = ",\n".join(written(list(row)) for row in given.rows)
    return f'{{\n{first}"rows": [\n{lines}\n]\n}}\n'


def written(value: Json) -> str:
    """Write a value of JSON without spaces that nobody needs."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))
