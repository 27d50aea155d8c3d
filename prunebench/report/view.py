"""A report made of a run: what is said, in which order."""

import json
from collections.abc import Iterable, Mapping, Sequence

from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.report.called import called
from prunebench.report.document import Report, Section
from prunebench.report.facts import dense_facts, run_facts
from prunebench.report.grid import Grid, brief_titles, grids, names
from prunebench.report.papers.statements import Told
from prunebench.report.papers.table import Paper, paper_tables
from prunebench.report.reading.checklist import checklist_table
from prunebench.report.reading.limits import limits
from prunebench.report.reading.provenance import provenance
from prunebench.report.table import Table
from prunebench.report.tables.accuracy import main_table, selected_table, top5_table
from prunebench.report.tables.latency_table import latency_table
from prunebench.report.tables.ledger import budget_table, size_table
from prunebench.report.tables.method_cost import cost_table
from prunebench.report.tables.methods import methods_table, protocols_table
from prunebench.report.tables.metric_tables import metric_tables
from prunebench.report.tables.skipped import skipped_table, trouble_table
from prunebench.report.tables.sparse_table import sparse_tables
from prunebench.report.tables.surroundings import environment_table
from prunebench.report.title import title, unique
from prunebench.report.wording import moment, printable
from prunebench.results.measurement import Measurement
from prunebench.results.metric import Printed, printed_metrics
from prunebench.results.record import RunRecord


def make_report(
    record: RunRecord,
    rows: Sequence[Measurement],
    papers: Iterable[Paper | Told] = (),
    claims: str = "",
) -> Report:
    """Turn a run into a report.

    Parameters
    ----------
    record, rows
        The run and its trials.
    papers
        Published tables to be filled.
    claims
        The claims file whose claims the run decides; empty without any.

    Raises
    ------
    SpecError
        If there are no rows.
    """
    if not rows:
        msg = f"run {record.id!r} has no results yet; finish it with 'prunebench run' first."
        raise SpecError(msg)
    # They need pandas and scipy, which whoever asks for a table at the end of a run does not.
    from prunebench.report.comparisons.compared import comparisons
    from prunebench.report.comparisons.comparison import Contrasts
    from prunebench.report.reading.findings import findings
    from prunebench.report.tables.claims_section import claims_tables

    judged = claims_tables(record, rows, claims) if claims else ()
    whole = grids(rows, record.experiment)  # the table of methods has their labels in full
    shown, trials = called(record, rows)
    arranged = grids(trials, shown.experiment)
    contrasts = [Contrasts(grid) for grid in arranged]
    slugs = unique([grid.title for grid in arranged])
    metrics = printed_metrics(record.metrics, rows)
    return Report(
        title=printable(title(record)),
        created=printable(moment(record.created)),
        findings=findings(shown, trials, verdicts_in(judged), contrasts),
        facts=run_facts(record, rows),
        papers=paper_tables(record.experiment, rows, papers),
        claims=judged,
        sections=tuple(
            make_section(grid, slug, record.papers, brief, metrics=metrics)
            for grid, slug, brief in zip(arranged, slugs, brief_titles(arranged), strict=True)
        ),
        comparisons=comparisons(contrasts, shown.experiment),
        checklist=checklist_table(shown, trials),
        limits=limits(shown, trials),
        provenance=provenance(shown, trials),
        appendix=appendix(record, rows, whole, arranged),
        command=printable(record.command),
        experiment=indented(record.experiment),
    )


def appendix(
    record: RunRecord,
    rows: Sequence[Measurement],
    whole: Sequence[Grid],
    arranged: Sequence[Grid],
) -> tuple[Table, ...]:
    """Give the tables on the run itself; `whole` has the labels of methods in full."""
    tables = (
        methods_table((row for grid in whole for row in grid.rows), record.papers),
        trouble_table(row for grid in arranged for row in grid.rows),
        skipped_table(record.skipped, names(record.experiment, "protocols")),
        environment_table(record, rows),
    )
    return tuple(table for table in tables if table)


def verdicts_in(judged: Sequence[Table]) -> dict[str, str]:
    """Read the verdicts by claim out of the first of the claims' tables."""
    return {claim.text: verdict.text for claim, verdict, *_ in judged[0].rows} if judged else {}


def make_section(
    grid: Grid,
    slug: str,
    papers: Mapping[str, str],
    brief: str = "",
    *,
    metrics: Sequence[Printed] = (),
) -> Section:
    """Tell what was found on one data set with one model.

    Parameters
    ----------
    grid, slug, brief
        The trials; what the section is called, its whole title if nothing is said.
    papers
        As in `methods_table`.
    metrics
        How to print those that the trials may have.
    """
    tables = (main_table(grid), top5_table(grid), *metric_tables(grid, metrics))
    spent = (budget_table(grid), cost_table(grid), size_table(grid)) if grid.pruned else ()
    timed = (latency_table(grid), *sparse_tables(grid))
    details = (selected_table(grid), *spent, *timed, protocols_table(grid, papers))
    return Section(
        title=printable(grid.title),
        brief=printable(brief or grid.title),
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
