"""How long masked networks really take, with dense kernels and with a sparse backend."""

from collections.abc import Sequence
from functools import partial
from operator import attrgetter

from prunebench.report.grid import Entry, Grid
from prunebench.report.spread import Pick, mean
from prunebench.report.table import Cell, Column, Table, make_table, numbers, words
from prunebench.report.tables.accuracy import label_cells
from prunebench.report.tables.ledger import distinct
from prunebench.report.tables.timings import (
    SPARSE,
    batch_sizes,
    conditions_phrase,
    images_phrase,
    number_in,
    time_cell,
    timing,
)
from prunebench.report.wording import NOTHING, count, memory, percent, times
from prunebench.results.measurement import Measurement


def sparse_tables(grid: Grid) -> list[Table]:
    """Give the measured times of masks: a table for every backend that left out zeros."""
    timed = [row for entry in grid.entries for row in entry.rows if batch_sizes([row], sparse=True)]
    return [sparse_table(grid, name) for name in dict.fromkeys(map(backend, timed))]


def backend(row: Measurement) -> str:
    """Name what left out zeros, as a heading does."""
    return str(row.latency.get("backend", "unknown backend")).upper()


def sparse_table(grid: Grid, name: str) -> Table:
    """Give the times of one backend: one line per method and target that it ran."""
    lines = [(entry, own) for entry in grid.entries if (own := rows_of(entry, name))]
    every = [row for _, rows in lines for row in rows]
    sizes = batch_sizes(every, sparse=True)
    return make_table(
        f"Latency of masks, {name}",
        f"{ways_phrase(every, name)} Milliseconds of one forward pass of a whole batch: mean over "
        "seeds of the medians, and of the tenth and ninetieth percentiles beside it. Speed-ups are "
        f"over the dense network; by multiply-adds it is theoretical. {conditions_phrase(every)}",
        [
            *words("Method", "Target"),
            *numbers("Speed-up by multiply-adds"),
            *(column for size in sizes for column in headings(size, name)),
            *numbers(f"Kernels as {name}"),
        ],
        [
            [
                *label_cells(entry),
                times(mean(rows, attrgetter("theoretical_speedup"))),
                *(cell for size in sizes for cell in batch_cells(rows, size)),
                storage_cell(rows),
            ]
            for entry, rows in lines
        ],
    )


def rows_of(entry: Entry, name: str) -> list[Measurement]:
    """Give the trials of one line that a backend timed."""
    return [row for row in entry.rows if batch_sizes([row], sparse=True) and backend(row) == name]


def ways_phrase(rows: Sequence[Measurement], name: str) -> str:
    """Say in which ways the networks were run, and how much of them the backend ran."""
    library = distinct(str(row.latency.get("library", "")) for row in rows)
    runs, whole = mean(rows, fact("sparse_macs")), mean(rows, attrgetter("macs_dense"))
    return (
        "The dense network; the masked one with dense kernels, which multiply its zeros; and the "
        f"masked one with the kernels of its linear layers stored and multiplied as {name} "
        f"({library}), took turns in the same session, with nothing else running; each pass that "
        f"counts came right after one of the same network. Linear layers alone run as {name}: "
        f"{count(runs)} of the {count(whole)} multiply-adds of the dense network."
    )


def fact(name: str) -> Pick:
    """Read a number that the backend left in a row."""
    return lambda row: number_in(row.latency.get(name), ())


def headings(size: str, name: str) -> list[Column]:
    """Head the columns of one batch size."""
    titles = ("dense ms", "dense kernels speed-up", f"{name} ms", f"{name} speed-up")
    return [Column(title, group=images_phrase(size)) for title in titles]


def batch_cells(rows: Sequence[Measurement], size: str) -> list[Cell | str]:
    """Write the times of one line at one batch size."""

    def speedup(which: str) -> str:
        return times(mean(rows, partial(timing, path=(size, f"{which}_speedup"))))

    return [
        time_cell(rows, size, "dense"),
        speedup("masked"),
        time_cell(rows, size, SPARSE),
        speedup(SPARSE),
    ]


def storage_cell(rows: Sequence[Measurement]) -> Cell | str:
    """Write the bytes of the kernels that the backend ran, and their share of the dense ones'."""
    sparse, dense = mean(rows, fact("bytes_sparse")), mean(rows, fact("bytes_dense"))
    if sparse is None or not dense:
        return NOTHING
    return Cell(memory(sparse), f"{percent(sparse / dense, 0)} % of dense")
