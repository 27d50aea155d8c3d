"""Which of several recipes of ours a published network's numbers are held against."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from prunebench.core.digest import Json
from prunebench.experiment.recipe import label
from prunebench.report.tables.methods import inner
from prunebench.results.measurement import Measurement

BETWEEN = re.compile(r", (?=[\w.-]+=)")
"""What separates the settings of a recipe's label; lists within it have commas too."""

Rates: TypeAlias = Mapping[str, frozenset[str]]
"""By column, the initial learning rates of published numbers."""


def recipe_of(part: Mapping[str, Json]) -> str:
    """Write a part's recipe as its trials do; without a preset it is ``custom``."""
    changes = dict(inner(part, "recipe"))
    preset = changes.pop("preset", None)
    return label(str(preset) if preset else None, changes)


def is_recipe(asked: str, recipe: str) -> bool:
    """Say whether a trial has a part's recipe; the data set may have brought the preset.

    >>> is_recipe("custom[lr=0.1]", "digits[lr=0.1]"), is_recipe("digits", "digits[lr=0.1]")
    (True, False)
    """
    own, its = asked.partition("["), recipe.partition("[")
    return own[2] == its[2] and own[0] in ("custom", its[0])


def rate(row: Measurement) -> str:
    """Write the rate at which a trial's training began: an unpruned network's, or retraining."""
    found = row.lr if row.method_id != "dense" else None
    return str(training_lr(row) if found is None else found)


def training_lr(row: Measurement) -> str:
    """Write the initial rate of a trial's dense training; empty if it is not known."""
    return str(inner(row.settings, "training").get("lr", ""))


def fit(ours: Rates, theirs: Rates) -> tuple[bool, bool]:
    """Say whether rates of ours are those that are published, and whether they are others.

    Parameters
    ----------
    ours, theirs
        Rates by column; columns that only one has, and those without a published rate, say
        nothing.

    Examples
    --------
    >>> fit({"ticket": frozenset(["0.1"])}, {"ticket": frozenset(["0.01"])})
    (False, True)
    """
    both = [name for name in ours if theirs.get(name)]
    conflict = any(ours[name].isdisjoint(theirs[name]) for name in both)
    return bool(both) and not conflict, conflict


def apart(recipe: str, other: str) -> str:
    """Write what tells a recipe from another one.

    >>> apart("digits[length=2, lr=0.01]", "digits[length=2, lr=0.1, warmup=3]")
    'lr=0.01, warmup as usual'
    """
    (name, own), (known, its) = split(recipe), split(other)
    if name != known:
        return recipe
    changed = [f"{key}={value}" for key, value in own.items() if its.get(key) != value]
    return ", ".join([*changed, *(f"{key} as usual" for key in its if key not in own)])


def split(recipe: str) -> tuple[str, dict[str, str]]:
    """Split a recipe's label into its name and its settings as texts."""
    name, _, rest = recipe.partition("[")
    settings: Iterable[str] = BETWEEN.split(rest.removesuffix("]")) if rest else ()
    pairs = (setting.partition("=") for setting in settings)
    return name, {key: value for key, _, value in pairs}
