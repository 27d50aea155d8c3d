"""``trials.jsonl``: one row a line, with the dense network it was pruned from."""

from collections.abc import Iterable, Iterator

from prunebench.bundle.document import Entry
from prunebench.bundle.finding import MEND, Finding
from prunebench.bundle.forms.strict import parse
from prunebench.bundle.limits import Limits
from prunebench.bundle.names import TRIAL, TRIALS
from prunebench.core.digest import Json, canonical
from prunebench.errors import StoreError
from prunebench.results.columns import from_document, to_document

FIELDS = {"row", "dense", "dense_weights"}


def write_trials(entries: Iterable[Entry]) -> bytes:
    """Write entries sorted by trial; their curves are left out, for those have a table."""
    return b"".join(
        canonical(entry_document(entry)).encode() + b"\n"
        for entry in sorted(entries, key=lambda entry: entry.row.trial)
    )


def entry_document(entry: Entry) -> dict[str, Json]:
    """Give one entry as a JSON object."""
    row = {key: value for key, value in to_document(entry.row).items() if key != "curve"}
    return {"row": row, "dense": entry.dense, "dense_weights": entry.dense_weights}


def read_trials(text: bytes, limits: Limits) -> Iterator[Entry | Finding]:
    """Walk over the lines; one that cannot be read is a finding."""
    if text and not text.endswith(b"\n"):
        msg = f"the last line is cut off; {MEND}."
        yield Finding(TRIALS, "line", "cut off", "a whole line", msg)
    lines = text.split(b"\n")[:-1]
    if len(lines) > limits.trials:
        msg = f"it has {len(lines)} rows, and at most {limits.trials} are read; pack fewer methods."
        yield Finding(TRIALS, "rows", str(len(lines)), f"up to {limits.trials}", msg)
        return
    most = max(limits.values, limits.mean * len(lines))
    brackets = text.count(b"[") + text.count(b"{")
    if brackets > most:
        msg = f"it has {brackets} objects and lists, and at most {most} are read; {MEND}."
        yield Finding(TRIALS, "values", str(brackets), f"up to {most}", msg)
        return
    for number, line in enumerate(lines, start=1):
        try:
            yield read_entry(line, f"line {number}", limits)
        except (ValueError, StoreError) as error:
            msg = f"{str(error).rstrip('.')}; {MEND}."
            msg = msg if msg.startswith("line ") else f"line {number}: {msg}"
            yield Finding(TRIALS, f"line {number}", "unreadable", "a row", msg)


def read_entry(line: bytes, where: str, limits: Limits) -> Entry:
    """Read one line.

    Raises
    ------
    ValueError
        If it is no entry.
    StoreError
        If its row is none, or of a newer schema.
    """
    if len(line) > limits.line:
        msg = f"it has {len(line)} bytes, and at most {limits.line} are read"
        raise ValueError(msg)
    found = parse(line, limits)
    if not isinstance(found, dict) or found.keys() != FIELDS:
        msg = f"it must be an object of {', '.join(sorted(FIELDS))}"
        raise ValueError(msg)
    row, dense, weights = found["row"], found["dense"], found["dense_weights"]
    if not (isinstance(dense, str) and isinstance(weights, str)):
        msg = "dense and dense_weights must hold text"
        raise ValueError(msg)
    if isinstance(row, dict) and "curve" in row:
        msg = "the row has a curve, which belongs into curves.csv"
        raise ValueError(msg)
    entry = Entry(from_document(row, where), dense, weights)
    if not TRIAL.fullmatch(entry.row.trial) or not TRIAL.fullmatch(dense or entry.row.trial):
        msg = "trial and dense must be ids of trials: 32 hexadecimal digits"
        raise ValueError(msg)
    return entry
