"""What was kept, beside what was asked for: the two are never taken for each other."""

from collections.abc import Iterable
from operator import attrgetter

from prunebench.report.grid import Entry
from prunebench.report.spread import mean
from prunebench.report.table import Cell
from prunebench.report.wording import percent
from prunebench.results.measurement import Measurement

DRIFT = 0.02
"""A target counts as met where no seed misses it by more than this fraction of it."""

NAMED = 12
"""So many missed targets are named in a caption."""


def achieved(row: Measurement) -> float | None:
    """Give the kept fraction of what the target counts; None where no row knows it."""
    if row.target_of == "macs":
        known = row.macs_sparse is not None and row.macs_dense
        return row.macs_sparse / row.macs_dense if known else None  # type: ignore[operator] # known
    return None if row.target_of == "units" else row.density


def is_missed(row: Measurement) -> bool:
    """Say whether a trial keeps noticeably more or less than its target says."""
    kept, wanted = achieved(row), row.target_density
    return kept is not None and wanted is not None and abs(kept - wanted) > DRIFT * wanted


def missed(entry: Entry) -> bool:
    """Say whether any trial of a line misses its target; a dense network has none to miss."""
    return not entry.is_dense and any(map(is_missed, entry.rows))


def is_automatic(entry: Entry) -> bool:
    """Say whether the method was left to find the size itself."""
    return entry.target == "automatic"


def target_cell(entry: Entry) -> Cell:
    """Write what was asked for; where that is not what was kept, what was kept stands beside it."""
    if missed(entry):
        return Cell(entry.target, kept_phrase(entry))
    return Cell(entry.target, kept_phrase(entry) if is_automatic(entry) else "")


def kept_phrase(entry: Entry) -> str:
    """Say how much was kept, as a range where seeds differ; empty where it was not measured."""
    found = kept_range(entry, 1)
    of = " of macs" if entry.rows[0].target_of == "macs" else ""
    return f"{found} %{of} kept" if found else ""


def kept_cell(entry: Entry) -> Cell:
    """Write the mean kept percentage of the prunable weights.

    Its range stands beside it where seeds differ and the target's own note does not say it.
    """
    found = mean(entry.rows, attrgetter("density"))
    every = sorted({row.density for row in entry.rows if row.density is not None})
    ends = [percent(kept, 1) for kept in every]
    differ = bool(ends) and ends[0] != ends[-1]
    note = f"{ends[0]}–{ends[-1]}" if differ and not target_cell(entry).note else ""
    return Cell(percent(found), note)


def kept_range(entry: Entry, digits: int) -> str:
    """Write the smallest and the largest kept percentage of what the target counts."""
    every = sorted(kept for row in entry.rows if (kept := achieved(row)) is not None)
    ends = dict.fromkeys(percent(kept, digits) for kept in (every[0], every[-1])) if every else {}
    return " to ".join(ends)


def missed_phrase(entries: Iterable[Entry]) -> str:
    """Say in a caption which targets were missed; empty if none was."""
    found = [f"{e.name} {e.target} ({kept_phrase(e)})" for e in entries if missed(e)]
    if not found:
        return ""
    more = f", and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return f" Targets are what was asked for; kept instead: {', '.join(found[:NAMED])}{more}."
