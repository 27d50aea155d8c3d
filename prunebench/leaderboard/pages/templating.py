"""Templates of a site: whatever they print is escaped, cleaned of control characters, and cut."""

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from prunebench.leaderboard.links import relative, web_address
from prunebench.leaderboard.pages import marks, numerals, plots, sparks
from prunebench.leaderboard.pages.fixed_sets import fixed_sets
from prunebench.leaderboard.pages.protocols import meaning
from prunebench.leaderboard.pages.text import LONGEST, clean, cut, label, same_name
from prunebench.leaderboard.slugs import slug

ASSETS = ("site.css", "site.js", "icon.svg")


def fill(template: str, page: str, **given: Any) -> bytes:
    """Write a page.

    Parameters
    ----------
    template
        Name of its template.
    page
        Path within the site; links are relative to it.
    **given
        What the template is told.
    """
    text = environment().get_template(template).render(page=page, **given)
    return text.rstrip().encode("utf-8", "replace") + b"\n"


def assets() -> dict[str, bytes]:
    """Give the files that all pages share, by path."""
    folder = files("prunebench.leaderboard.pages") / "assets"
    return {f"assets/{name}": (folder / name).read_bytes() for name in ASSETS}


@cache
def environment() -> Environment:
    """Set up the templates: escaping does not depend on a template's name."""
    made = Environment(
        loader=PackageLoader("prunebench.leaderboard.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=presentable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in (
        "percent",
        "share",
        "points",
        "probability",
        "count",
        "size",
        "duration",
        "number",
        "day",
    ):
        made.filters[name] = getattr(numerals, name)
    made.filters |= {"web": web_address, "slug": slug, "label": label, "meaning": meaning}
    made.tests["same_name"] = same_name
    made.globals |= {
        "interval": numerals.interval,
        "points_interval": numerals.points_interval,
        "bar": sparks.bar,
        "fixed_sets": fixed_sets,
        "swatch": plots.swatch,
        "shapes": marks.shapes,
        "to": to,
    }
    return made


@pass_context
def to(context: Context, target: str) -> str:
    """Give the way from the page that is written to another file of the site."""
    return relative(context["page"], target)


def presentable(value: Any) -> Any:
    """Clean and cut whatever a template prints; what we marked up ourselves stays as it is."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return cut(clean(value), LONGEST)
