"""Records as Markdown, and the README's tables written anew from the committed ones."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.speed.outcome import Outcome
from benchmarks.speed.record import Record, from_json
from benchmarks.speed.table import between, goal_text, number, row
from prunebench.errors import SpecError

README = Path(__file__).with_name("README.md")
BLOCK = re.compile(r"(<!-- table: ([^>]+?) -->\n).*?(<!-- end of table -->)", re.DOTALL)
COLUMNS = ("case", "compared", "value", "p10..p90", "goal", "met", "ours", "beside it")


def read_record(path: Path) -> Record:
    """Read a file that ``--json`` wrote.

    Raises
    ------
    SpecError
        If it cannot be read.
    """
    try:
        return from_json(json.loads(path.read_text("utf-8")))
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}."
    except (ValueError, KeyError, AttributeError) as error:
        msg = f"{path} is no record of speeds: {error}."
    raise SpecError(msg)


def markdown(records: Sequence[tuple[str, Record]]) -> str:
    """Write one record as a table, several beside each other by case.

    Parameters
    ----------
    records
        With a name for each.
    """
    captions = [caption(name, record) for name, record in records]
    body = single(records[0][1]) if len(records) == 1 else compared(records)
    return "\n".join([*body, "", *captions])


def single(record: Record) -> list[str]:
    """Write a table of everything."""
    cells = [[first, one.about, *rest] for one in record.outcomes for first, *rest in [row(one)]]
    return ruled(COLUMNS, cells)


def compared(records: Sequence[tuple[str, Record]]) -> list[str]:
    """Write a column for each record; a dash where it has no such case."""
    found = [{one.case: one for one in record.outcomes} for _, record in records]
    names = dict.fromkeys(name for outcomes in found for name in outcomes)
    cells = []
    for name in names:
        told = [outcomes.get(name) for outcomes in found]
        latest = [one for one in told if one is not None][-1]
        goal = goal_text(latest.goal, latest.kind)
        cells.append([name, latest.about, goal, *map(brief, told)])
    return ruled(("case", "compared", "goal", *(name for name, _ in records)), cells)


def brief(outcome: Outcome | None) -> str:
    """Write value, spread and verdict in one cell."""
    if outcome is None:
        return "-"
    told = f"{number(outcome.spread.median, outcome.kind)} [{between(outcome)}]"
    return told if outcome.is_met is None else f"{told}, {'met' if outcome.is_met else 'missed'}"


def ruled(headers: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    """Write the lines of a table."""
    rule = ["---"] * len(headers)
    return [f"| {' | '.join(line)} |" for line in (headers, rule, *cells)]


def caption(name: str, record: Record) -> str:
    """Say when, where and with what a record was measured."""
    machine, libraries = record.machine, record.machine["libraries"]
    device = machine["gpu"] or machine["processor"]
    return (
        f"- {name}: {record.date[:10]}, {device}, {machine['cores']} cores, one thread; Python "
        f"{machine['python']}, torch {libraries['torch']}, prunebench {libraries['prunebench']} "
        f"({record.commit or 'no checkout'}); {record.size} size, at most {record.repeats} rounds."
    )


def renewed(text: str, folder: Path) -> str:
    """Write the tables of a page anew, each from the files that its first line names.

    ::

        <!-- table: results/before.json results/after.json -->
        <!-- end of table -->
    """
    return BLOCK.sub(lambda found: f"{found[1]}\n{block(found[2], folder)}\n\n{found[3]}", text)


def block(names: str, folder: Path) -> str:
    """Write the table of some files."""
    return markdown([(Path(name).stem, read_record(folder / name)) for name in names.split()])
