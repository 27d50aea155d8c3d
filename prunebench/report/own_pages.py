"""Pages of a template, written from a report in a sandbox; their mistakes told in a sentence."""

from collections.abc import Callable
from pathlib import Path

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    DictLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)

from prunebench.errors import ContractError, SpecError
from prunebench.report.document import Report
from prunebench.report.gallery import Figures
from prunebench.report.pages import sandbox
from prunebench.report.template import Template

MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,  # of the Python that a deeply nested page is compiled to
    TypeError,
    ValueError,
)
"""What a stranger's page can raise while it is written."""


def own_pages(template: Template, report: Report, figures: Figures) -> dict[str, str]:
    """Write a template's own pages by file name.

    Raises
    ------
    SpecError
        If a page is no template, or asks for what a report does not have.
    ContractError
        If such a page is a plugin's.
    """
    return {
        f"{template.name}.{form}": own_page(template, form, (report, figures))
        for form in template.pages
    }


def own_page(template: Template, form: str, told: tuple[Report, Figures]) -> str:
    """Write one page; it can include what lies beside it, and the report's own pieces."""
    file, (report, figures) = template.pages[form], told
    loader = ChoiceLoader([beside(template), PackageLoader("prunebench.report")])
    try:
        text = sandbox(form, loader).get_template(file).render(report=report, figures=figures)
    except (TemplateError, *MISTAKES) as error:
        raise refused(template, file, error) from None
    return text.rstrip() + "\n"


def beside(template: Template) -> BaseLoader:
    """Find what a page can include: files of its folder, or those that its plugin brought."""
    return OwnFiles(template.folder) if template.folder else DictLoader(template.texts)


def refused(template: Template, file: str, error: Exception) -> SpecError | ContractError:
    """Make the error of a page that cannot be written, in one sentence; a plugin's is named."""
    line = f", line {error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
    what = "" if isinstance(error, TemplateError) else " cannot be written"
    where = template.folder / file if template.folder else file
    found = f"the template {where}{line}{what}: {mistake(error)}"
    return ContractError(f"{found} {template.whose}") if template.whose else SpecError(f"{found}.")


def mistake(error: Exception) -> str:
    """Say what is wrong with a page, in words without a full stop."""
    if isinstance(error, TemplateNotFound):
        return f"its folder has no {error.name!r}, and neither has a report"
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    return said.rstrip(".") or type(error).__name__


class OwnFiles(FileSystemLoader):
    """Files of one folder; no link leads out of it."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Read a file as jinja asks for it."""
        folder = Path(self.searchpath[0]).resolve()
        if not (folder / template.lstrip("/")).resolve().is_relative_to(folder):
            raise TemplateNotFound(template)
        return super().get_source(environment, template)
