"""Rows as one Parquet file, for tools that read columns; derived, so nothing here reads it back."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.results.columns import Column, columns, values_of
from prunebench.results.folder import RECORD, read_record, write_aside
from prunebench.results.frame import load_rows, results_in, to_cell
from prunebench.results.measurement import SCHEMA, Measurement

if TYPE_CHECKING:
    import pyarrow as pa

NEEDED = "pyarrow"

WIDE = 31
"""Digits of a column with an integer beyond 64 bits; no row holds a longer one."""


def write_parquet(source: Path, path: Path) -> None:
    """Write the results of a run's folder, a store or a results file as one Parquet file.

    The columns are those of ``results.csv``: int64, double, bool and string, null where nothing was
    measured. Nested fields are the JSON text that the CSV has too. Their keys differ from row to
    row, so a column of structures would have another type in every run, and files of several runs
    could not be read as one.

    Parameters
    ----------
    source
        As `load_results` takes it.
    path
        Of the file; ``prunebench.run`` (where a record says it), ``prunebench.schema`` and
        ``prunebench.version`` are in its metadata.

    Raises
    ------
    SpecError
        If pyarrow is not installed, or there are no results at `source`.
    StoreError
        If these are damaged.
    """
    check_parquet()
    import pyarrow as pa
    from pyarrow import parquet

    table = to_table(load_rows(source)).replace_schema_metadata(told_of(source))
    page = pa.BufferOutputStream()
    parquet.write_table(table, page, compression="zstd")
    write_aside(path, page.getvalue().to_pybytes())


def check_parquet() -> None:
    """Check that Parquet can be written.

    Raises
    ------
    SpecError
        If pyarrow is not installed.
    """
    if find_spec(NEEDED) is None:
        msg = (
            f"--parquet needs {NEEDED}, which is not installed; "
            "run pip install 'prunebench[parquet]'."
        )
        raise SpecError(msg)


def told_of(source: Path) -> dict[str, str]:
    """Say what the metadata of a file says: run, schema of its rows, version that wrote it."""
    found = results_in(source) if source.is_dir() else source
    record = found.with_name(RECORD)
    return {
        **({"prunebench.run": read_record(record.parent).id} if record.is_file() else {}),
        "prunebench.schema": str(SCHEMA),
        "prunebench.version": version("prunebench"),
    }


def to_table(rows: Sequence[Measurement]) -> pa.Table:
    """Lay rows out as columns of fixed types."""
    import pyarrow as pa

    by_column = zip(*map(values_of, rows), strict=True) if rows else ((),) * len(columns())
    arrays, fields = [], []
    for column, values in zip(columns(), by_column, strict=True):
        held = [to_cell(value) for value in values] if column.kind == "nested" else list(values)
        kind = type_of(column, held)
        arrays.append(pa.array(held, type=kind))
        fields.append(pa.field(column.name, kind, nullable=column.optional))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def type_of(column: Column, values: Sequence[Json]) -> pa.DataType:
    """Say what Parquet holds a column in; integers beyond 64 bits stay whole as decimals."""
    import pyarrow as pa

    if column.kind == "integer":
        large = any(isinstance(value, int) and abs(value) >= 2**63 for value in values)
        return pa.decimal128(WIDE, 0) if large else pa.int64()
    return {"number": pa.float64(), "truth": pa.bool_()}.get(column.kind, pa.string())
