"""What a report template must say of itself, so that its pages can be written."""

from collections.abc import Mapping
from typing import Any

from prunebench.contracts.report_template import FORMATS, ReportTemplate
from prunebench.errors import ContractError

TAKEN = "report"
"""The name of the report's own pages."""


def check_template_fields(item: object) -> None:
    """Check that an item is a `ReportTemplate` that has a page for each of its formats.

    Raises
    ------
    ContractError
        With what is wrong, and what it must be.
    """
    if not isinstance(item, ReportTemplate):
        msg = f"prunebench_report_templates must give ReportTemplate instances, got {item!r}."
        raise ContractError(msg)
    trouble = misfit(item)
    if trouble:
        msg = f"ReportTemplate {item.name!r}: {trouble}."
        raise ContractError(msg)


def misfit(item: Any) -> str:
    """Say what is wrong with a template, whatever is in it; nothing if all is well."""
    if item.name == TAKEN:
        return f"it cannot be called {TAKEN!r}, as the report's own pages are"
    if not (isinstance(item.texts, Mapping) and all(map(is_entry, item.texts.items()))):
        return "texts must map formats to templates, both texts"
    if bool(item.texts) == bool(item.package):
        return "give either texts, or the package and folder where the templates lie"
    known = isinstance(item.formats, tuple) and all(form in FORMATS for form in item.formats)
    if not (known and item.formats):
        return f"formats must be some of {', '.join(FORMATS)}, got {item.formats!r}"
    missing = [form for form in item.formats if item.page(form) not in item.read()]
    return f"there is no {item.page(missing[0])}" if missing else ""


def is_entry(entry: tuple[object, object]) -> bool:
    """Say whether an entry of a table holds two texts."""
    return all(isinstance(part, str) for part in entry)
