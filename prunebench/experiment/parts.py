"""Tiers and parts of an experiment as text: what says something anew, and what it replaces."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.experiment.recipe import merged_finetune

WHOLE = frozenset(
    {
        "name",
        "about",
        "source",
        "benchmark",
        "tier",
        "claims",
        "only_claims",
        "tables",
        "device",
        "required_plugins",
    }
)
"""Keys that are said once, of all parts together."""


def chosen_tier(values: Mapping[str, Any], tier: str | None, where: str) -> dict[str, Any]:
    """Replace what a tier says anew; the other tiers are dropped.

    Raises
    ------
    SpecError
        If there is no such tier, or there are tiers and none was chosen.
    """
    found = dict(values)
    tiers = found.pop("tiers", {})
    if not isinstance(tiers, dict) or not all(isinstance(t, dict) for t in tiers.values()):
        msg = f"{where}: tiers must be tables, such as [tiers.smoke]."
        raise SpecError(msg)
    if tier is None and not tiers:
        return found
    if tier is None:
        msg = (
            f"{where} comes in tiers, from seconds to the paper's own setting; choose one with "
            f"--tier {'|'.join(tiers)}."
        )
        raise SpecError(msg)
    if tier not in tiers:
        near = get_close_matches(tier, list(tiers), 1)
        hint = f" did you mean {near[0]!r}?" if near else ""
        known = f"its tiers are: {', '.join(tiers)}." if tiers else "it has none; leave --tier out."
        msg = f"{where} has no tier {tier!r};{hint} {known}"
        raise SpecError(msg)
    return merged(found, tiers[tier]) | {"tier": tier}


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Let keys replace those of the same name; recipes are merged field by field.

    A recipe that names its own preset stands alone.

    >>> merged({"seeds": 3, "recipe": {"lr": 1, "batch": 2}}, {"recipe": {"lr": 3}})
    {'seeds': 3, 'recipe': {'lr': 3, 'batch': 2}}
    """
    found = {**without_the_other(base, more), **more}
    old, new = base.get("recipe"), more.get("recipe")
    if isinstance(old, dict) and isinstance(new, dict) and "preset" not in new:
        found["recipe"] = {**old, **merged_finetune(old, new)}
    return found


def without_the_other(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Drop the sparsities that new densities replace, and the other way round."""
    sayings = {"densities", "sparsities"}
    said = sayings & set(more)
    return {key: value for key, value in base.items() if not (said and key in sayings)}


def overridden(values: Mapping[str, Any], flags: Mapping[str, Json]) -> dict[str, Any]:
    """Let flags replace keys, those of every part too."""
    found = {**values, **flags}
    if isinstance(found.get("parts"), list):
        found["parts"] = [
            {key: value for key, value in part.items() if key not in flags}
            if isinstance(part, dict)
            else part
            for part in found["parts"]
        ]
    return found


def part_values(values: Mapping[str, Any], where: str) -> list[dict[str, Any]]:
    """Write every part out: what it says, and what all parts have in common.

    Raises
    ------
    SpecError
        If a part says what belongs to the whole.
    """
    common = {key: v for key, v in values.items() if key not in WHOLE | {"parts"}}
    parts: Any = values.get("parts") or ()
    if not isinstance(parts, list | tuple):
        msg = f"{where}: parts = {parts!r} must be tables; begin each with [[parts]]."
        raise SpecError(msg)
    found = []
    for number, part in enumerate(parts):
        place = f"{where}, parts[{number}]"
        if not isinstance(part, Mapping):
            msg = f"{place} = {part!r} must be a table; begin each with [[parts]]."
            raise SpecError(msg)
        foreign = sorted(set(part) & (WHOLE | {"parts", "tiers"}))
        if foreign:
            msg = f"{place}: {foreign[0]!r} is said of all parts together; move it out of the part."
            raise SpecError(msg)
        found.append(merged(common, part))
    return found
