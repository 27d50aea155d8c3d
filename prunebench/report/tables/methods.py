"""Which methods and protocols these were: source, kind and every resolved setting."""

import json
from collections.abc import Iterable, Mapping

from prunebench.core.digest import Json
from prunebench.report.grid import Grid
from prunebench.report.table import Table, make_table, words
from prunebench.report.wording import NOTHING, plain
from prunebench.results.measurement import Measurement

STARTS = {
    "trained": "the trained weights",
    "rewind": "the dense network's weights at the rewind point",
    "redraw": "a new draw of the dense network",
    "narrow": "a new draw of the pruned network",
}
BUDGETS = {
    "none": "none",
    "finetune": "fine-tuning",
    "same-epochs": "as many epochs as the dense network",
    "same-compute": "as many multiply-adds as the dense network, up to the cap",
}
"""Starts and budgets of protocols, as rows name them, in words."""


def methods_table(rows: Iterable[Measurement], papers: Mapping[str, str]) -> Table | None:
    """List the methods with all their settings; None if no row tells them.

    A control has the same settings whatever it is held against, so it is listed once.

    Parameters
    ----------
    rows
        Trials in the order in which their methods are listed.
    papers
        Sources by kind and id, such as ``"method obd"``.
    """
    lines: dict[tuple[str, ...], bool] = {}
    for row in rows:
        if told := inner(row.settings, "method"):
            like = row.control_of not in ("", row.method)
            line = (
                row.method_id if like else row.method,
                *source(papers, f"method {row.method_id}"),
                row.granularity or NOTHING,
                row.scope or NOTHING,
                settings_text(inner(told, "settings")),
                between(row),
            )
            lines[line] = lines.get(line, True) and like
    if not lines:
        return None
    ordered = sorted(lines, key=lambda line: lines[line])
    return make_table(
        "Methods",
        "Every setting as it was resolved, also where it is the default. Controls come last.",
        words("Method", *headed(papers), "Removes", "Scope", "Settings", "Between rounds"),
        ordered,
        [number for number, line in enumerate(ordered) if lines[line]],
    )


def protocols_table(grid: Grid, papers: Mapping[str, str]) -> Table | None:
    """List the protocols with the numbers that they used here; None if no row tells them."""
    lines = {
        (row.protocol, *source(papers, f"protocol {row.protocol_id}"), *protocol_cells(told)): 0
        for name in (*grid.protocols, *grid.control_protocols)
        for entry in grid.pruned
        for row in entry.under(name)
        if (told := inner(row.settings, "protocol"))
    }
    if not lines:
        return None
    return make_table(
        "Protocols",
        "Where the survivors start, how long they train, and the numbers that this used; steps "
        "count mini-batches.",
        words("Protocol", *headed(papers), "Starts from", "Training", "Settings"),
        list(lines),
    )


def headed(papers: Mapping[str, str]) -> list[str]:
    """Head the column of sources; none in the report of a run that recorded none."""
    return ["Source"] if papers else []


def source(papers: Mapping[str, str], name: str) -> list[str]:
    """Give the cell below `headed`."""
    return [papers.get(name, NOTHING)] if papers else []


def protocol_cells(told: Mapping[str, Json]) -> tuple[str, str, str]:
    """Write start, length and the other settings of a protocol."""
    start, budget = str(told.get("start", NOTHING)), str(told.get("budget", NOTHING))
    rest = {key: told[key] for key in told if key not in ("name", "start", "budget")}
    return STARTS.get(start, start), BUDGETS.get(budget, budget), settings_text(rest)


def between(row: Measurement) -> str:
    """Say what happens between a method's rounds."""
    told = inner(row.settings, "between")
    ways = []
    if "rewind" in told:
        ways.append(f"rewinding to step {written(told['rewind'])}, training again")
    if isinstance(tuning := told.get("finetune"), dict):
        ways.append(f"fine-tuning: {settings_text(tuning)}")
    return "; ".join(ways) or NOTHING


def inner(settings: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    """Give an object within settings; an empty one where there is none."""
    found = settings.get(key)
    return found if isinstance(found, dict) else {}


def settings_text(settings: Mapping[str, Json]) -> str:
    """Write settings in one line.

    >>> settings_text({"curvature": "gn", "samples": 1000}), settings_text({})
    ('curvature = gn, samples = 1000', 'none')
    """
    return ", ".join(f"{key} = {written(value)}" for key, value in settings.items()) or "none"


def written(value: Json) -> str:
    """Write one setting's value in one line.

    >>> written(0.1), written(None), written([1, 2]), written("")
    ('0.1', 'none', '[1, 2]', '""')
    """
    if value is None:
        return "none"
    if isinstance(value, float):
        return plain(value)
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
