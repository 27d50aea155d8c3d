"""A run's folder turned into pages: ``report.md``, ``report.html`` and what stands beside them."""

import json
from collections.abc import Mapping
from difflib import unified_diff
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from prunebench.report.accuracy_figure import accuracy_figures
from prunebench.report.drawing import Drawing, inline
from prunebench.report.layer_figure import layer_figure
from prunebench.report.learning_figure import learning_figure
from prunebench.report.markdown import emphasis, escape, fence
from prunebench.report.view import Report, Section, make_report
from prunebench.results.folder import read_record, write_aside
from prunebench.results.frame import TABLE, load_rows, rows_to_csv

MARKDOWN = "report.md"
HTML = "report.html"

Figures = Mapping[str, list[Drawing]]
"""The figures of each section, by its slug."""


def render(folder: Path) -> tuple[Path, Path]:
    """Write the report of a run beside its results.

    Writes ``report.md`` with ``figures/*.svg``, ``report.html`` (one file that needs nothing
    else), ``results.csv`` and ``environment.json``.

    Returns
    -------
    tuple
        Paths of the Markdown and of the HTML.

    Raises
    ------
    SpecError
        If the folder holds no run, or a run without results.
    """
    record, rows = read_record(folder), load_rows(folder)
    report = make_report(record, rows)
    figures = draw_figures(report)
    environment = json.dumps(record.environment, indent=2, sort_keys=True, ensure_ascii=False)
    pages = {
        MARKDOWN: to_markdown(report, figures),
        HTML: to_html(report, figures),
        TABLE: rows_to_csv(rows),
        "environment.json": environment + "\n",
    }
    pages |= {f"figures/{d.name}.svg": d.svg for drawn in figures.values() for d in drawn}
    for name, text in pages.items():
        write_aside(folder / name, text)
    return folder / MARKDOWN, folder / HTML


def check(folder: Path) -> list[str]:
    """Compare a committed report with what its own results say.

    Returns
    -------
    list
        The lines of a unified difference between ``report.md`` and the report made anew from
        ``results.csv`` and ``run.json``; empty if they agree.
    """
    report = make_report(read_record(folder), load_rows(folder / TABLE))
    wanted = to_markdown(report, draw_figures(report))
    path = folder / MARKDOWN
    found = path.read_text(encoding="utf-8") if path.is_file() else ""
    return list(
        unified_diff(
            found.splitlines(), wanted.splitlines(), f"{MARKDOWN} (found)", MARKDOWN, lineterm=""
        )
    )


def draw_figures(report: Report) -> Figures:
    """Draw the figures of every section."""
    return {section.slug: draw_section(section) for section in report.sections}


def draw_section(section: Section) -> list[Drawing]:
    """Draw what the section's trials have numbers for."""
    drawn = [learning_figure(section.grid, section.slug), layer_figure(section.grid, section.slug)]
    accuracies = accuracy_figures(section.grid, section.slug)
    return [*accuracies, *(drawing for drawing in drawn if drawing)]


def to_markdown(report: Report, figures: Figures) -> str:
    """Write a report as Markdown; figures are referred to, not contained."""
    text = markdown_pages().get_template("report.md.j2").render(report=report, figures=figures)
    return text.rstrip() + "\n"


def to_html(report: Report, figures: Figures) -> str:
    """Write a report as one HTML page with its figures inside."""
    return html_pages().get_template("report.html.j2").render(report=report, figures=figures)


@cache
def markdown_pages() -> Environment:
    """Set up the Markdown templates: whatever they print is escaped, unless it is `Markup`."""
    environment = Environment(
        loader=PackageLoader("prunebench.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=escaped,
    )
    environment.filters["emphasis"] = lambda cell: Markup(emphasis(str(cell)))
    environment.filters["fence"] = lambda text: Markup(fence(text))
    environment.filters["verbatim"] = Markup
    return environment


@cache
def html_pages() -> Environment:
    """Set up the HTML templates: whatever they print is escaped, unless it is `Markup`."""
    environment = Environment(
        loader=PackageLoader("prunebench.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    environment.filters["inline"] = lambda drawing: Markup(inline(drawing.svg, drawing.name))
    return environment


def escaped(value: object) -> str:
    """Escape what a Markdown template prints; `Markup` is printed as it is."""
    return value if isinstance(value, Markup) else escape(str(value))
