"""A run's folder on disk: ``run.json`` and ``results.jsonl``, one row a line."""

import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO

from prunebench.core.digest import Json
from prunebench.errors import SpecError, StoreError
from prunebench.results.columns import from_document, shortened, to_document
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord, Skipped, refuse_misfits

logger = logging.getLogger(__name__)

RECORD = "run.json"
RESULTS = "results.jsonl"
CLAIMS = "claims.toml"
ASKED = "experiment.toml"

NOT_JSON = (ValueError, RecursionError)
"""What reading JSON raises; the second where it is nested too deeply."""


def append_row(folder: Path, row: Measurement) -> None:
    """Append one row to ``results.jsonl`` in a single write, after the last whole line.

    Numbers that are not finite are stored as null.
    """
    line = (to_line(row) + "\n").encode()
    with (folder / RESULTS).open("ab+", buffering=0) as file:
        mend_tail(file)
        file.write(line)


def mend_tail(file: BinaryIO) -> None:
    """Change a file whose last line was torn by a crash: cut it off, or end it if it is whole."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return
    file.seek(size - 1)
    if file.read(1) == b"\n":
        return
    file.seek(0)
    content = file.read()
    start = content.rfind(b"\n") + 1
    if is_json(content[start:]):
        file.write(b"\n")
    else:
        file.truncate(start)


def read_rows(folder: Path) -> list[Measurement]:
    """Read ``results.jsonl``; a later row of a trial replaces the earlier one.

    The torn last line that a killed run leaves is passed over with a warning.

    Raises
    ------
    SpecError
        If there is no such file.
    StoreError
        If a line is damaged or comes from a newer schema.
    """
    return read_lines(folder / RESULTS)


def read_lines(path: Path) -> list[Measurement]:
    """Read rows from a file with one JSON object a line; see `read_rows`."""
    if not path.is_file():
        msg = f"there are no results at {path}; run an experiment, or name a run's folder."
        raise SpecError(msg)
    rows = [from_document(*found) for found in documents(path)]
    return list({(row.trial, row.seed, row.draw): row for row in rows}.values())


def documents(path: Path) -> Iterator[tuple[Json, str]]:
    """Walk over the lines of a file as JSON with their places.

    Raises
    ------
    StoreError
        If a line other than an unfinished last one is not JSON.
    """
    lines = path.read_bytes().split(b"\n")  # an ended file leaves an empty last piece
    for number, line in enumerate(lines, start=1):
        where = f"{path}, line {number}"
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except NOT_JSON:
            if number < len(lines):
                text = shortened(line.decode(errors="replace"))
                msg = f"{where}: not JSON: {text}; delete that line."
                raise StoreError(msg) from None
            logger.warning("%s was torn when its run was stopped; it is passed over", where)
        else:
            yield document, where


def write_results(folder: Path, rows: Iterable[Measurement]) -> None:
    """Write ``results.jsonl`` anew, sorted by `coordinates`."""
    lines = [to_line(row) + "\n" for row in sorted(rows, key=coordinates)]
    write_aside(folder / RESULTS, "".join(lines))


def coordinates(row: Measurement) -> tuple[object, ...]:
    """Give the sort key of a row: dense before pruned, lightly pruned before heavily pruned."""
    return (
        row.dataset,
        row.model,
        row.method_id != "dense",
        row.regularized_by,
        row.method,
        -(row.target_density or 0.0),
        row.target,
        row.protocol,
        row.seed,
        row.draw,
        row.trial,
    )


def write_record(folder: Path, record: RunRecord) -> None:
    """Write ``run.json``."""
    text = json.dumps(asdict(record), indent=2, ensure_ascii=False, allow_nan=False)
    write_aside(folder / RECORD, text + "\n")


def read_record(folder: Path) -> RunRecord:
    """Read ``run.json``.

    Raises
    ------
    SpecError
        If there is none.
    StoreError
        If it is damaged or comes from a newer schema.
    """
    path = folder / RECORD
    if not path.is_file():
        msg = f"there is no {RECORD} in {folder}; name the folder of a run."
        raise SpecError(msg)
    try:
        document = json.loads(path.read_bytes())
        refuse_misfits(known(document, path), RunRecord)
        skipped = document.get("skipped", ())
        for entry in skipped:
            refuse_misfits(entry, Skipped)
        return RunRecord(**{**document, "skipped": tuple(Skipped(**entry) for entry in skipped)})
    except (*NOT_JSON, TypeError, AttributeError) as error:
        msg = f"{path} is damaged ({error}); run the experiment again to write it anew."
        raise StoreError(msg) from None


def known(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """Refuse fields of a newer schema.

    Raises
    ------
    StoreError
        If a field is unknown or the schema number is higher than ours.
    """
    unknown = sorted(set(document) - {field.name for field in fields(RunRecord)})
    if unknown or document.get("schema", 1) > RunRecord.schema:
        msg = (
            f"{path} comes from a newer prunebench (schema {document.get('schema')!r}, unknown "
            f"fields: {', '.join(unknown) or 'none'}); install that version."
        )
        raise StoreError(msg)
    return document


def latest_run(store: Path) -> Path:
    """Find the newest run in a store: the last folder of ``runs/`` that holds a record.

    Raises
    ------
    SpecError
        If the store holds no run.
    """
    found = runs_of(store)
    if not found:
        msg = f"there is no run in the store {store}; start one with 'prunebench run'."
        raise SpecError(msg)
    return found[-1]


def own_claims(folder: Path) -> Path | None:
    """Find a run's own copy of its claims; None without one."""
    return folder / CLAIMS if (folder / CLAIMS).is_file() else None


def runs_of(store: Path) -> list[Path]:
    """List the folders of a store's runs that hold a record, the oldest first."""
    return sorted(path.parent for path in store.glob(f"runs/*/{RECORD}"))


def to_line(row: Measurement) -> str:
    """Write a row as one line of strict JSON."""
    document = to_document(row)
    try:
        return json.dumps(document, allow_nan=False)
    except ValueError:
        return json.dumps(finite(document), allow_nan=False)


def finite(value: Json) -> Json:
    """Replace every number that is not finite by None: it is no measurement."""
    if isinstance(value, dict):
        return {key: finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [finite(entry) for entry in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def is_json(line: bytes) -> bool:
    """Say whether a line is a whole JSON value."""
    try:
        json.loads(line)
    except NOT_JSON:
        return False
    return True


def write_aside(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name, then rename: readers see the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_bytes(content.encode() if isinstance(content, str) else content)
    aside.replace(path)
