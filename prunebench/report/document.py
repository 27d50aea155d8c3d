"""A report as values, before it is written."""

from dataclasses import dataclass, field

from prunebench.report.facts import Fact
from prunebench.report.grid import Grid
from prunebench.report.reading.provenance import Provenance
from prunebench.report.table import Cell, Table
from prunebench.report.title import unique


@dataclass(frozen=True)
class Section:
    """What is said about one data set and model.

    Parameters
    ----------
    title
        Data set and model, and how it was trained where there are several ways.
    brief
        What of that tells it from the other sections.
    slug
        Name for anchors and files: lower-case letters, digits and hyphens; unique in a report.
    facts
        The dense network in numbers.
    tables
        Accuracies and metrics at the last step.
    details
        Accuracies at the selected step, budgets, sizes, costs and protocols.
    grid
        The trials, for the figures.
    settings
        Data set, model and dense training as they were used, as indented JSON; empty if unknown.
    """

    title: str
    brief: str
    slug: str
    facts: tuple[Fact, ...]
    tables: tuple[Table, ...]
    details: tuple[Table, ...]
    grid: Grid
    settings: str


@dataclass(frozen=True)
class Report:
    """A whole report, in the order in which it is read.

    Parameters
    ----------
    title
        The experiment's name.
    created
        When the run began.
    findings
        Five sentences: what was asked and what came out.
    facts
        The run in numbers.
    papers
        Published tables with our numbers beside theirs.
    claims
        Verdicts on claims, and what they stand on.
    sections
        One per data set, model and recipe.
    comparisons
        Which differences the seeds support.
    checklist
        What a report on pruning should say; None if it was not filled in.
    limits
        What the run does not show, a sentence or two for each kind.
    provenance
        Where the numbers come from; for pages of templates, the report itself does not print it.
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
    findings: tuple[str, ...] = ()
    papers: tuple[Table, ...] = ()
    claims: tuple[Table, ...] = ()
    comparisons: tuple[Table, ...] = ()
    checklist: Table | None = None
    limits: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)

    def item(self, asks: str) -> tuple[Cell, Cell]:
        """Give what an item of the checklist came out as, and why.

        Raises
        ------
        LookupError
            If there is no such item.
        """
        rows = self.checklist.rows if self.checklist else ()
        for asked, verdict, because in rows:
            if asked.text == asks:
                return verdict, because
        msg = f"the checklist has no item {asks!r}"
        raise LookupError(msg)

    @property
    def labelled_tables(self) -> tuple[tuple[str, str, Table], ...]:
        """Every table in reading order, each with a label of its own and a whole title."""
        found = [("", table) for table in (*self.papers, *self.claims)]
        for section in self.sections:
            found += [(f"{section.title}: ", t) for t in (*section.tables, *section.details)]
        rest = (*self.comparisons, *([self.checklist] if self.checklist else []), *self.appendix)
        found += [("", table) for table in rest]
        titles = [f"{before}{table.title}" for before, table in found]
        tables = (table for _, table in found)
        return tuple(zip(unique(titles), titles, tables, strict=True))
