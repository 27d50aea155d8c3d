"""A report written as Markdown, as HTML and as LaTeX; whatever is printed is escaped."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from prunebench.contracts import report_template
from prunebench.report import html, latex, markdown
from prunebench.report.document import Report
from prunebench.report.figures.svg import inline
from prunebench.report.gallery import Figures

FORMATS = report_template.FORMATS
"""What a report can be written as: endings of files, and of templates before ``.j2``."""

LONGEST = 40
"""A table with more lines does not fit on a printed page."""

NOTES = 12
"""More footnotes than that are folded away on a screen."""

LATEX: Mapping[str, Any] = {
    "block_start_string": "<%",
    "block_end_string": "%>",
    "variable_start_string": "<<",
    "variable_end_string": ">>",
    "comment_start_string": "<#",
    "comment_end_string": "#>",
}
"""Marks of LaTeX templates, whose braces mean something else."""


def to_page(report: Report, figures: Figures, form: str) -> str:
    """Write a report in one of `FORMATS`."""
    template = environment(form).get_template(f"report.{form}.j2")
    return template.render(report=report, figures=figures).rstrip() + "\n"


@cache
def environment(form: str) -> Environment:
    """Set up the templates of a format."""
    return set_up(Environment, form, PackageLoader("prunebench.report"))


def sandbox(form: str, loader: BaseLoader) -> Environment:
    """Set up a stranger's templates of a format: they can read a report, and nothing else."""
    return set_up(ImmutableSandboxedEnvironment, form, loader)


def set_up(kind: type[Environment], form: str, loader: BaseLoader) -> Environment:
    """Set up templates whose output is escaped as a format needs it, unless it is `Markup`."""
    escape: dict[str, Any] = {
        "md": {"finalize": lambda value: escaped(value, markdown.escape)},
        "tex": {"finalize": lambda value: escaped(value, latex.escape), **LATEX},
        "html": {"autoescape": True},
    }[form]
    made = kind(
        loader=loader,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **escape,
    )
    made.filters |= filters(form)
    made.globals |= {"longest": LONGEST, "notes": NOTES}
    return made


def filters(form: str) -> dict[str, Callable[..., Any]]:
    """Give the filters that templates of a format have; their results are not escaped again."""
    if form == "html":
        return {
            "breakable": html.breakable,
            "flowing": html.flowing,
            "inline": lambda drawing: Markup(inline(drawing.svg, drawing.name)),
            "judged": html.judged,
        }
    if form == "md":
        return {
            "emphasis": lambda cell: Markup(markdown.emphasis(str(cell))),
            "fence": lambda text: Markup(markdown.fence(text)),
            "verbatim": Markup,
        }
    return {
        "verbatim": Markup,
        "column_types": lambda table: Markup(latex.column_types(table)),
        "head_lines": lambda table: list(map(Markup, latex.head_lines(table))),
        "body_lines": lambda table: list(map(Markup, latex.body_lines(table))),
    }


def escaped(value: object, escape: Callable[[str], str]) -> str:
    """Escape what a template prints; `Markup` is printed as it is."""
    return value if isinstance(value, Markup) else escape(str(value))
