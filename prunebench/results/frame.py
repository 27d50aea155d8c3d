"""Rows as one data frame, from whatever form they were kept in."""

import json
import re
from collections.abc import Collection, Iterable
from io import StringIO
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from prunebench.core.digest import Json
from prunebench.errors import SpecError, StoreError
from prunebench.results.columns import (
    Column,
    Kind,
    columns,
    from_document,
    shortened,
    to_document,
    values_of,
)
from prunebench.results.folder import NOT_JSON, RESULTS, latest_run, read_lines
from prunebench.results.measurement import COLUMNS, Measurement

if TYPE_CHECKING:
    import pandas as pd

TABLE = "results.csv"

SPECIAL = re.compile('[,"\r\n]')
"""What a cell of a CSV cannot hold without quotes."""

encoded = json.JSONEncoder(allow_nan=False).encode
"""Writes a value as strict JSON; ``json.dumps`` would set up a writer for every cell."""

DTYPES: dict[Kind, str] = {
    "integer": "Int64",
    "number": "float64",
    "truth": "boolean",
    "text": "str",
    "nested": "object",
}
"""What pandas holds each kind of column in."""


def load_results(path: Path | str) -> "pd.DataFrame":
    """Load measurements as a data frame, one row per trial.

    Parameters
    ----------
    path
        A run's folder, a store (its latest run), or a file ``*.jsonl``, ``*.csv`` or ``*.json``
        that prunebench wrote. Each gives the same frame.

    Returns
    -------
    pandas.DataFrame
        The fields of `Measurement`: Int64, float64 (NaN where None), boolean, str; `settings`,
        `layer_densities`, `curve`, `latency` and `metrics` hold dictionaries.

    Raises
    ------
    SpecError
        If there are no results at `path`.
    StoreError
        If they are damaged or come from a newer prunebench.
    """
    return to_frame(load_rows(Path(path)))


def load_rows(path: Path) -> list[Measurement]:
    """Load measurements as rows; takes what `load_results` takes."""
    if path.is_dir():
        return load_rows(results_in(path))
    readers = {".csv": from_csv, ".json": from_json}
    if path.suffix not in readers:
        return read_lines(path)
    if not path.is_file():
        msg = f"there are no results at {path}; name a run's folder, a store or a results file."
        raise SpecError(msg)
    return readers[path.suffix](path.read_bytes().decode(), path.name)


def results_in(folder: Path) -> Path:
    """Find the results file of a run's folder, of a committed report or of a store's latest run.

    Raises
    ------
    SpecError
        If it is none of these.
    """
    for name in (RESULTS, TABLE):
        if (folder / name).is_file():
            return folder / name
    return latest_run(folder) / RESULTS


def to_frame(rows: Iterable[Measurement], names: Collection[str] = COLUMNS) -> "pd.DataFrame":
    """Make the data frame of `load_results`, or those of its columns that are named."""
    import pandas as pd

    kept = list(rows)
    asked = [column for column in columns() if column.name in names]
    found = {column: list(map(attrgetter(column.name), kept)) for column in asked}
    return pd.DataFrame(
        {
            column.name: pd.Series(values, dtype=dtype_of(column, values))
            for column, values in found.items()
        }
    )


def dtype_of(column: Column, values: Iterable[Json]) -> str:
    """Say what pandas holds a column in; integers beyond 64 bits stay Python's own."""
    large = column.kind == "integer" and any(
        isinstance(value, int) and abs(value) >= 2**63 for value in values
    )
    return "object" if large else DTYPES[column.kind]


def to_rows(frame: "pd.DataFrame") -> list[Measurement]:
    """Turn a frame back into rows; the inverse of `to_frame`.

    Raises
    ------
    SpecError
        If it lacks a column or has one that no row has.
    """
    wrong = set(COLUMNS).symmetric_difference(frame.columns)
    if wrong:
        msg = f"a frame of results has one column per field; missing or unknown: {sorted(wrong)}."
        raise SpecError(msg)
    series = [frame[name] for name in COLUMNS]
    values = [list(one.astype(object).where(one.notna(), None)) for one in series]
    return [
        from_document(dict(zip(COLUMNS, entries, strict=True)), f"row {number}")
        for number, entries in enumerate(zip(*values, strict=True))
    ]


def to_json(frame: "pd.DataFrame") -> str:
    """Write a frame as strict JSON: a list of objects, null where nothing was measured."""
    lines = [json.dumps(to_document(row), allow_nan=False) for row in to_rows(frame)]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def from_json(text: str, name: str) -> list[Measurement]:
    """Read what `to_json` wrote.

    Raises
    ------
    StoreError
        If it is damaged.
    """
    try:
        found = json.loads(text)
    except NOT_JSON as error:
        msg = f"{name} is not JSON: {error}."
        raise StoreError(msg) from None
    if not isinstance(found, list):
        msg = f"{name} must hold a list of rows, got {shortened(found)}."
        raise StoreError(msg)
    return [
        from_document(row, f"{name}, row {number}") for number, row in enumerate(found, start=1)
    ]


def to_csv(frame: "pd.DataFrame") -> str:
    """Write a frame as CSV: empty where nothing was measured, nested fields as JSON text."""
    return rows_to_csv(to_rows(frame))


def rows_to_csv(rows: Iterable[Measurement]) -> str:
    """Write rows as `to_csv` writes their frame."""
    lines = [list(COLUMNS)]
    lines.extend(list(map(to_cell, values_of(row))) for row in rows)
    return "".join(",".join(map(quoted, line)) + "\n" for line in lines)


def to_cell(value: Json) -> str:
    """Write one value so that it can be read back exactly."""
    if value is None or isinstance(value, str):
        return value or ""
    return encoded(value)


def quoted(cell: str) -> str:
    """Quote a cell where CSV needs it (RFC 4180)."""
    return '"' + cell.replace('"', '""') + '"' if SPECIAL.search(cell) else cell


def from_csv(text: str, name: str) -> list[Measurement]:
    """Read what `to_csv` wrote.

    Raises
    ------
    StoreError
        If it is damaged.
    """
    import pandas as pd

    try:
        table = pd.read_csv(StringIO(text, newline=""), dtype="object", na_filter=False)
    except ValueError as error:
        msg = f"{name} is not a table of results: {error}."
        raise StoreError(msg) from None
    known = {column.name: column for column in columns()}
    rows = []
    for number, cells in enumerate(table.itertuples(index=False, name=None), start=1):
        where = f"{name}, row {number}"
        pairs = zip(table.columns, cells, strict=True)
        document = {title: from_cell(known.get(title), cell, where) for title, cell in pairs}
        rows.append(from_document(document, where))
    return rows


def from_cell(column: Column | None, cell: str, where: str) -> Json:
    """Read one cell as its column's kind; a cell of an unknown column is text.

    Raises
    ------
    StoreError
        If it is not written as that kind is.
    """
    if column is None or column.kind == "text":
        return cell
    try:
        return parsed(cell)
    except NOT_JSON:
        msg = f"{where}: {column.name} must hold {column.kind}, got {shortened(cell)}."
        raise StoreError(msg) from None


def parsed(cell: str) -> Json:
    """Read a JSON value; an empty cell is None."""
    value: Json = json.loads(cell) if cell else None
    return value
