"""Templates: layouts of tables and pages that replace, or stand beside, a report's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prunebench.contracts.report_template import ReportTemplate
from prunebench.core.digest import Json
from prunebench.errors import SpecError, UnknownNameError
from prunebench.experiment.layout import read_layouts
from prunebench.experiment.parts import chosen_tier, part_values
from prunebench.experiment.schema import read_toml
from prunebench.experiment.shipped import benchmark_names, benchmark_path, benchmarks_folder
from prunebench.experiment.statements import Statements
from prunebench.plugin.template_facts import TAKEN
from prunebench.plugin.unknown import suggestion
from prunebench.report.asked import PAPER_TIER
from prunebench.report.pages import FORMATS
from prunebench.report.papers.published import read_published
from prunebench.report.papers.said import check_statements, read_said
from prunebench.report.papers.stand import Stand, stands
from prunebench.report.papers.statements import Told
from prunebench.report.papers.table import Paper
from prunebench.results.record import RunRecord

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


@dataclass(frozen=True)
class Template:
    """What somebody wants a report to look like.

    Parameters
    ----------
    name
        What it is called; its pages are written under this name.
    papers
        Tables instead of the run's own; None leaves those.
    folder
        Where its pages lie; None without any, or if a plugin brought them.
    pages
        Their file names by format.
    texts
        What a plugin brought: pages and what they include, by file name.
    whose
        What messages about mistakes in a plugin's page end with: whose it is, in brackets.
    """

    name: str
    papers: tuple[Paper | Told, ...] | None = None
    folder: Path | None = None
    pages: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    whose: str = ""


def find_template(name: str, folder: Path | None = None) -> Template:
    """Find a template.

    Parameters
    ----------
    name
        A shipped benchmark whose tables are wanted, or a template in the folder.
    folder
        Where ``NAME.toml`` with layouts, ``NAME.csv`` files of published numbers, and pages such
        as ``NAME.html.j2`` are looked for first.

    Raises
    ------
    UnknownNameError
        If there is no such template.
    SpecError
        If the name or the folder cannot be used, or a layout or a reference is not in order.
    """
    refuse_name(name, folder)
    pages = {
        form: f"{name}.{form}.j2"
        for form in FORMATS
        if folder and (folder / f"{name}.{form}.j2").is_file()
    }
    if name == TAKEN and pages:
        msg = f"a template's pages cannot be called {TAKEN!r}; the report's own are."
        raise SpecError(msg)
    path = layouts_path(name, folder)
    if path is None and not pages:
        raise unknown_template(name, folder)
    if path is None or (pages and "tables" not in read_toml(path)):
        return Template(name, None, folder, pages)
    where = str(path) if folder and path.parent == folder else f"benchmark {name}"
    return Template(name, gathered(read_toml(path), where, folder), folder, pages)


def brought(offered: ReportTemplate, whose: str) -> Template:
    """Read a plugin's template.

    Parameters
    ----------
    offered
        What the plugin offers.
    whose
        What messages about mistakes in it end with.

    Raises
    ------
    ContractError
        If its files cannot be read.
    """
    pages = {form: offered.page(form) for form in FORMATS if form in offered.formats}
    return Template(offered.name, pages=pages, texts=offered.read(), whose=whose)


def refuse_name(name: str, folder: Path | None) -> None:
    """Refuse a name that is none, and a folder that is not there.

    Raises
    ------
    SpecError
        With the name or the folder.
    """
    if not NAME.fullmatch(name):
        msg = f"{name!r} cannot name a template; use letters, digits, dots and hyphens, no path."
        raise SpecError(msg)
    if folder is not None and not folder.is_dir():
        msg = f"there is no folder {folder} to look for the template {name!r} in."
        raise SpecError(msg)


def layouts_path(name: str, folder: Path | None) -> Path | None:
    """Find the file with a template's layouts; None if there is none."""
    if folder and (folder / f"{name}.toml").is_file():
        return folder / f"{name}.toml"
    return benchmark_path(name) if name in benchmark_names() else None


def unknown_template(name: str, folder: Path | None) -> UnknownNameError:
    """Make the error for a template that nobody has."""
    own = {path.name.partition(".")[0] for path in folder.iterdir()} if folder else set()
    known = sorted({*benchmark_names(), *own})
    where = f" and {folder} has no {name}.toml, {name}.html.j2 or the like" if folder else ""
    msg = f"there is no benchmark {name!r} whose tables could be used{where}"
    return UnknownNameError(f"{msg}{suggestion(name, known)}")


def gathered(
    values: Mapping[str, Json], where: str, folder: Path | None = None
) -> tuple[Paper | Told, ...]:
    """Read the published tables of a benchmark or a template.

    Parameters
    ----------
    values
        Its keys: ``tables``, and ``source`` and what stands for the published networks.
    where
        What messages call it.
    folder
        Where published numbers are looked for first.

    Raises
    ------
    SpecError
        If it has no tables, one is not in order, or its published numbers are not there.
    """
    tables = values.get("tables")
    if not isinstance(tables, list) or not tables:
        msg = f"{where} has no [[tables]], so there is no table to lay out."
        raise SpecError(msg)
    source, known = str(values.get("source") or ""), meant(values, where)
    found: list[Paper | Told] = []
    for layout in read_layouts(tables, where):
        path = reference_path(layout.reference, folder)
        if isinstance(layout, Statements):
            said = read_said(path)
            check_statements(layout, said, where)
            found.append(Told(layout, said, source))
        else:
            found.append(Paper(layout, read_published(path), source, known))
    return tuple(found)


def own_papers(record: RunRecord) -> tuple[Paper | Told, ...]:
    """Read the published tables that a run's experiment names; none if it names none.

    A run of a shipped benchmark that had no tables yet gets those that it has now.
    """
    told = {key: record.experiment.get(key) for key in ("tables", "source")}
    name = str(record.experiment.get("benchmark") or "")
    if not told["tables"] and name in benchmark_names():
        told["tables"] = read_toml(benchmark_path(name)).get("tables")
    return gathered(told, "the run's experiment") if told["tables"] else ()


def meant(values: Mapping[str, Any], where: str) -> tuple[Stand, ...]:
    """Read which networks stand for published ones: those of the paper's own setting."""
    tiers = values.get("tiers")
    if tiers and not (isinstance(tiers, dict) and PAPER_TIER in tiers):
        return ()
    whole = chosen_tier(values, PAPER_TIER if tiers else None, where)
    parts: list[Json] = [*part_values(whole, where)]
    return tuple(stands({**whole, "parts": parts}))


def reference_path(name: str, folder: Path | None) -> Path:
    """Find a file of published numbers: in a folder, else among those that are shipped.

    Raises
    ------
    SpecError
        If it is in neither.
    """
    shipped = benchmarks_folder() / "paper"
    places = [folder, shipped] if folder else [shipped]
    for place in places:
        if (place / f"{name}.csv").is_file():
            return place / f"{name}.csv"
    known = [path.stem for place in places for path in place.glob("*.csv")]
    where = f"{folder} has none of that name and " if folder else ""
    near = suggestion(name, known)
    msg = f"there are no published numbers {name!r}: {where}none are shipped{near}"
    raise SpecError(msg)
