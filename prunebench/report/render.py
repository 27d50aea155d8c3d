"""A run's folder turned into pages: ``report.md``, ``report.html`` and what stands beside them."""

import json
from collections.abc import Collection
from pathlib import Path

from prunebench.claims.file import read_claims
from prunebench.core.uncollected import uncollected
from prunebench.report.check import differences
from prunebench.report.document import Report
from prunebench.report.figures.drawing import Form
from prunebench.report.gallery import Figures, draw_figures, in_forms
from prunebench.report.own_pages import own_pages
from prunebench.report.pages import FORMATS, to_page
from prunebench.report.template import Template, own_papers
from prunebench.report.view import make_report
from prunebench.results.folder import CLAIMS, read_record, write_aside
from prunebench.results.frame import TABLE, load_rows, rows_to_csv
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

USUAL = ("md", "html")
"""What is written unless somebody asks for something else."""

ENVIRONMENT = "environment.json"


@uncollected()
def render(
    folder: Path,
    formats: Collection[str] = USUAL,
    template: Template | None = None,
    drawn: Collection[Form] = (),
) -> tuple[Path, ...]:
    """Write the report of a run beside its results.

    Writes the pages with ``figures/*.svg``, ``results.csv`` and ``environment.json``; the HTML is
    one file that needs nothing else.

    Parameters
    ----------
    folder
        Of the run.
    formats
        Some of `FORMATS`.
    template
        Layouts of tables instead of the run's own, and pages beside the report's.
    drawn
        What figures are written as too, beside the SVG: ``"pdf"``, ``"png"``.

    Returns
    -------
    tuple
        Paths of the pages: Markdown, HTML, LaTeX, then those of the template; then of the figures
        in other forms.

    Raises
    ------
    SpecError
        If the folder holds no run, or a run without results; if a template cannot be used.
    """
    record, rows = read_record(folder), load_rows(folder)
    report = told(folder, record, rows, template)
    figures = draw_figures(report)
    pages = written(report, figures, formats, template)
    others = in_forms(figures, drawn)
    beside = {**beside_pages(record, figures), TABLE: rows_to_csv(rows)}
    files: dict[str, str | bytes] = {**pages, **beside, **others}
    for name, content in files.items():
        write_aside(folder / name, content)
    return tuple(folder / name for name in (*pages, *others))


@uncollected()
def check(folder: Path, template: Template | None = None) -> list[str]:
    """Compare a committed report with what its own results say.

    Everything is made anew from ``results.csv`` and ``run.json`` and compared: Markdown, HTML,
    figures and the environment; LaTeX and a template's own pages if they are there.

    Returns
    -------
    list
        The lines of unified differences, file by file; empty if all agree.
    """
    asked = [form for form in FORMATS if form in USUAL or (folder / f"report.{form}").is_file()]
    record, rows = read_record(folder), load_rows(folder / TABLE)
    report = told(folder, record, rows, template)
    figures = draw_figures(report)
    pages = written(report, figures, asked, template)
    return differences(folder, {**pages, **beside_pages(record, figures)})


def told(
    folder: Path, record: RunRecord, rows: list[Measurement], template: Template | None
) -> Report:
    """Read what a report needs beside the run, and make it."""
    papers = own_papers(record) if template is None or template.papers is None else template.papers
    copy = folder / CLAIMS
    asked = record.experiment.get("claims")
    claims = read_claims(copy if copy.is_file() else None).text if asked else ""
    return make_report(record, rows, papers, claims)


def written(
    report: Report, figures: Figures, formats: Collection[str], template: Template | None
) -> dict[str, str]:
    """Write the pages of a report, by file name."""
    asked = [form for form in FORMATS if form in formats]
    pages = {f"report.{form}": to_page(report, figures, form) for form in asked}
    return pages | (own_pages(template, report, figures) if template else {})


def beside_pages(record: RunRecord, figures: Figures) -> dict[str, str]:
    """Write what stands beside the pages, by file name: environment and figures."""
    environment = json.dumps(record.environment, indent=2, sort_keys=True, ensure_ascii=False)
    drawings = (drawing for drawn in figures.values() for drawing in drawn)
    return {
        ENVIRONMENT: environment + "\n",
        **{f"figures/{drawing.name}.svg": drawing.svg for drawing in drawings},
    }
