"""The software and the machine that a run was made with."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from prunebench.core.digest import Json
from prunebench.report.table import Table, make_table, words
from prunebench.report.wording import NOTHING, printable
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord


def environment_table(record: RunRecord, rows: Iterable[Measurement]) -> Table:
    """List the software and the machine of the run; say which rows come from elsewhere."""
    table = make_table(
        "Environment",
        "Versions and machine of the run; also in environment.json.",
        words("What", "Value"),
        [
            [name, plugin_counts(value) if name == "plugins" else written(value)]
            for name, value in sorted(record.environment.items())
        ],
    )
    return replace(table, remark=printable(foreign_rows(record, rows)))


def foreign_rows(record: RunRecord, rows: Iterable[Measurement]) -> str:
    """Say how many rows another environment measured; nothing if there are none."""
    own = {"", str(record.environment.get("id"))}
    found = [row.environment for row in rows if row.environment not in own]
    if not found:
        return ""
    those = "1 row was" if len(found) == 1 else f"{len(found)} rows were"
    return f"{those} measured in another environment: {', '.join(sorted(set(found)))}."


def plugin_counts(plugins: Json) -> str:
    """Count plugins, written as ``NAME of DISTRIBUTION VERSION``, by distribution."""
    if not isinstance(plugins, list | tuple):
        return written(plugins)
    found = Counter(str(plugin).partition(" of ")[2] or str(plugin) for plugin in plugins)
    return ", ".join(f"{number} of {name}" for name, number in found.items()) or "none"


def written(value: Json) -> str:
    """Write a value of the environment in one line."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return value or NOTHING
    if isinstance(value, dict) and all(isinstance(one, str) for one in value.values()):
        return ", ".join(f"{name} {one}" for name, one in sorted(value.items())) or NOTHING
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
