"""What has no number: trials that gave none, and combinations that were not tried."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from prunebench.report.grid import is_dense, name_of
from prunebench.report.table import Table, make_table, words
from prunebench.report.wording import NOTHING
from prunebench.results.measurement import Measurement
from prunebench.results.record import Skipped


def trouble_table(rows: Iterable[Measurement]) -> Table | None:
    """List the trials that gave no number, or not all, with their reasons; None if there is none.

    Trials that differ in protocol and seed alone share a line.
    """
    known: dict[str, None] = {}
    groups: dict[tuple[str, ...], list[Measurement]] = {}
    every = list(rows)
    ways = {(row.dataset, row.model, row.recipe) for row in every}
    trained = Counter((dataset, model) for dataset, model, _ in ways)
    for row in every:
        if not is_dense(row) and not row.control_of:
            known[row.protocol] = None
        if row.status != "ok" or row.reason:
            several = trained[row.dataset, row.model] > 1
            model = f"{row.model} · {row.recipe}" if several else row.model
            groups.setdefault(trouble(row, model), []).append(row)
    if not groups:
        return None
    return make_table(
        "Trials without a number",
        "Diverged (a loss that is not finite) and collapsed (a layer without units) are results; "
        f"failed and blocked trials can be tried again.{partly(every)}",
        words("Data set", "Model", "Method", "Target", "Protocols", "Seeds", "Status", "Reason"),
        [
            [*what[:4], listed((row.protocol for row in group), known), seeds(group), *what[4:]]
            for what, group in groups.items()
        ],
    )


def partly(rows: Iterable[Measurement]) -> str:
    """Explain trials with a number and a reason; nothing where there is none."""
    some = any(row.status == "ok" and row.reason for row in rows)
    return " A trial that is ok lacks only what its reason names." if some else ""


def trouble(row: Measurement, model: str) -> tuple[str, ...]:
    """Give what the trials of one line have in common; `model` is what it is called here."""
    network = (row.dataset, model, name_of(row), row.target)
    return (*network, row.status, row.reason or NOTHING)


def seeds(rows: Iterable[Measurement]) -> str:
    """List seeds; a later draw of a seed is named."""
    names = (f"{row.seed} draw {row.draw}" if row.draw else f"{row.seed}" for row in rows)
    return ", ".join(dict.fromkeys(names))


def skipped_table(skipped: Iterable[Skipped], protocols: Collection[str]) -> Table | None:
    """List the combinations that cannot work, with reasons; None if there is none.

    Parameters
    ----------
    skipped
        Combinations, one per protocol.
    protocols
        All protocols that were asked for.
    """
    lines = gathered(skipped, protocols)
    if not lines:
        return None
    return make_table(
        "Skipped combinations",
        "These cannot work, or would mean nothing; they were left out of the plan.",
        words("Data set", "Model", "Method", "Target", "Protocols", "Reason"),
        [[s.dataset, s.model, s.method, s.target, s.protocol, s.reason] for s in lines],
    )


def gathered(skipped: Iterable[Skipped], protocols: Collection[str]) -> list[Skipped]:
    """Join the combinations that differ in the protocol alone; `protocol` then lists them all."""
    groups: dict[Skipped, list[str]] = {}
    for entry in skipped:
        groups.setdefault(replace(entry, protocol=""), []).append(entry.protocol)
    return [replace(entry, protocol=listed(found, protocols)) for entry, found in groups.items()]


def listed(found: Iterable[str], known: Collection[str]) -> str:
    """List protocols; all that there are, if several, as their number.

    >>> listed(["none", "ticket"], ["none", "ticket"]), listed(["none"], ["none", "ticket"])
    ('all 2 protocols', 'none')
    """
    names: Sequence[str] = list(dict.fromkeys(found))
    if len(names) > 1 and set(names) >= set(known):
        return f"all {len(names)} protocols"
    return ", ".join(names)
