"""A report before it is written: the same texts for Markdown, HTML and the terminal."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.report import accuracy
from prunebench.report.accuracy import LAST, main_table, selected_table, top5_table
from prunebench.report.grid import Grid, grids, names
from prunebench.report.ledger import budget_table, size_table
from prunebench.report.method_cost import cost_table
from prunebench.report.methods import methods_table, protocols_table
from prunebench.report.skipped import skipped_table, trouble_table
from prunebench.report.spread import spread
from prunebench.report.table import Table, make_table, words
from prunebench.report.wording import NOTHING, count, duration, percent, percent_spread, printable
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

MANY = 4
"""From so many methods on a title counts them."""


@dataclass(frozen=True)
class Fact:
    """One number at the head of a report, with a remark."""

    label: str
    value: str
    remark: str = ""


@dataclass(frozen=True)
class Section:
    """What is said about one data set and model.

    Parameters
    ----------
    title
        Data set and model.
    slug
        Name for anchors and files: lower-case letters, digits and hyphens; unique in a report.
    facts
        The dense network in numbers.
    tables
        Accuracies at the last step.
    details
        Accuracies at the selected step, budgets, sizes, costs and protocols.
    grid
        The trials, for the figures.
    settings
        Data set, model and dense training as they were used, as indented JSON; empty if unknown.
    """

    title: str
    slug: str
    facts: tuple[Fact, ...]
    tables: tuple[Table, ...]
    details: tuple[Table, ...]
    grid: Grid
    settings: str


@dataclass(frozen=True)
class Report:
    """A whole report.

    Parameters
    ----------
    title
        The run's id.
    created
        When the run began.
    facts
        The run in numbers.
    sections
        One per data set and model.
    appendix
        Methods, trials without a number, skipped combinations, environment.
    command, experiment
        The command line verbatim; the experiment as it was asked for, as indented JSON.
    """

    title: str
    created: str
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    appendix: tuple[Table, ...]
    command: str
    experiment: str


def make_report(record: RunRecord, rows: Sequence[Measurement]) -> Report:
    """Turn a run into a report.

    Raises
    ------
    SpecError
        If there are no rows.
    """
    if not rows:
        msg = f"run {record.id!r} has no results yet; finish it with 'prunebench run' first."
        raise SpecError(msg)
    arranged = grids(rows, record.experiment)
    slugs = unique([f"{grid.dataset} {grid.model}" for grid in arranged])
    tables = (
        methods_table((row for grid in arranged for row in grid.rows), record.papers),
        trouble_table(row for grid in arranged for row in grid.rows),
        skipped_table(record.skipped, names(record.experiment, "protocols")),
        environment_table(record, rows),
    )
    return Report(
        title=printable(title(record)),
        created=printable(record.created),
        facts=run_facts(record, rows),
        sections=tuple(
            make_section(grid, slug, record.papers)
            for grid, slug in zip(arranged, slugs, strict=True)
        ),
        appendix=tuple(table for table in tables if table),
        command=printable(record.command),
        experiment=indented(record.experiment),
    )


def make_section(grid: Grid, slug: str, papers: Mapping[str, str]) -> Section:
    """Tell what was found on one data set with one model; `papers` as in `methods_table`."""
    tables = (main_table(grid), top5_table(grid))
    spent = (budget_table(grid), cost_table(grid), size_table(grid)) if grid.pruned else ()
    details = (selected_table(grid), *spent, protocols_table(grid, papers))
    return Section(
        title=printable(f"{grid.dataset} · {grid.model}"),
        slug=slug,
        facts=dense_facts(grid),
        tables=tuple(table for table in tables if table),
        details=tuple(table for table in details if table),
        grid=grid,
        settings=indented(used) if (used := settings_used(grid)) else "",
    )


def settings_used(grid: Grid) -> dict[str, Json]:
    """Give the resolved settings that every trial of a grid has in common."""
    settings = grid.rows[0].settings
    return {key: settings[key] for key in ("dataset", "model", "training") if key in settings}


def indented(value: Json) -> str:
    """Write JSON for a reader."""
    return printable(json.dumps(value, indent=2, ensure_ascii=False))


def summary_table(record: RunRecord, rows: Iterable[Measurement]) -> list[list[str]]:
    """Give the short table that closes a run, headings first; the numbers are the report's."""
    return accuracy.summary_table(grids(rows, record.experiment))


def run_facts(record: RunRecord, rows: Sequence[Measurement]) -> tuple[Fact, ...]:
    """Give the run in numbers: trials, sharing, stages, time; controls are no trials of methods."""
    asked = [row for row in rows if not row.control_of]
    controls = [row for row in rows if row.control_of]
    outcome = outcomes(asked)
    if controls:
        outcome += f"; and {count(len(controls))} controls: {outcomes(controls)}"
    stages = f"{record.reused} reused, {record.failed} failed, {record.blocked} blocked"
    return (
        Fact("Trials", count(len(asked)), outcome),
        Fact("Seeds", count(len({row.seed for row in rows}))),
        Fact("Trainings", count(record.trainings_planned), sharing(record)),
        Fact("Stages executed", count(record.executed), stages),
        Fact("Wall time", duration(record.seconds)),
    )


def outcomes(rows: Iterable[Measurement]) -> str:
    """Count what became of trials."""
    statuses = Counter(row.status for row in rows)
    return ", ".join(f"{number} {status}" for status, number in statuses.most_common())


def sharing(record: RunRecord) -> str:
    """Say how many trainings sharing saved."""
    naive, planned = record.trainings_naive, record.trainings_planned
    if not naive:
        return ""
    return f"{count(naive)} without sharing, {percent(1 - planned / naive, 0)} % saved"


def dense_facts(grid: Grid) -> tuple[Fact, ...]:
    """Give the unpruned network in numbers; empty if no trial of it is there."""
    if grid.dense is None:
        return ()
    rows = grid.dense.rows
    found = spread(rows, LAST)
    sizes = [accuracy.mean(rows, attrgetter(name)) for name in ("params_dense", "macs_dense")]
    return (
        Fact("Dense accuracy %", percent_spread(found), f"n = {found.seeds}" if found else ""),
        Fact("Parameters", count(sizes[0])),
        Fact("Multiply-adds", count(sizes[1]), "for one image"),
    )


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
    own = {"", record.environment.get("id")}
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
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def title(record: RunRecord) -> str:
    """Give the experiment's name; without one, what it compares, many methods as a number."""
    asked = record.experiment
    if asked.get("name"):
        return str(asked["name"])
    methods, protocols = names(asked, "methods"), names(asked, "protocols")
    if not methods:
        return record.id
    compared = f"{', '.join(methods)} under {', '.join(protocols)}"
    if len(methods) >= MANY:
        plural = "protocol" if len(protocols) == 1 else "protocols"
        compared = f"{len(methods)} methods under {len(protocols)} {plural}"
    return f"{compared} on {', '.join(names(asked, 'dataset'))}"


def unique(titles: Iterable[str]) -> list[str]:
    """Make names for files and anchors out of titles; equal ones are numbered.

    >>> unique(["CIFAR-10 VGG 16", "cifar 10 (vgg-16)", "./../"])
    ['cifar-10-vgg-16', 'cifar-10-vgg-16-2', 'section']
    """
    taken: list[str] = []
    for title in titles:
        stem = "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:60] or "section"
        number = 1
        while (slug := stem if number == 1 else f"{stem}-{number}") in taken:
            number += 1
        taken.append(slug)
    return taken
