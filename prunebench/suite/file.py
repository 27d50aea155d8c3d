"""Shipped suites: a TOML says what is asked for, a JSON beside it what that means in full.

The JSON holds every resolved coordinate (``benchmarks/suites/pin.py`` writes it, a test compares),
so that bundles can be held against a suite where neither torch nor the data are at hand.
"""

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from prunebench.core.digest import Json
from prunebench.errors import UnknownNameError
from prunebench.experiment.parts import part_values
from prunebench.experiment.shipped import benchmarks_folder, read_toml
from prunebench.suite.suite import Pair, Suite

FILE = re.compile(r"(?P<name>[a-z0-9]+)-(?P<version>\d+\.\d+)")


def suites_folder() -> Path:
    """Find the shipped suites."""
    return benchmarks_folder() / "suites"


def suite_names() -> list[str]:
    """List the shipped suites as ``name@version``."""
    found = (FILE.fullmatch(path.stem) for path in suites_folder().glob("*.toml"))
    return sorted(f"{m['name']}@{m['version']}" for m in found if m)


@cache
def find_suite(label: str) -> Suite:
    """Find a shipped suite.

    Parameters
    ----------
    label
        ``name@version``, such as ``"tiny@1.0"``.

    Raises
    ------
    UnknownNameError
        If there is none; a name without a version is told which versions there are.
    """
    known = suite_names()
    if label not in known:
        near = get_close_matches(label, known, 1)
        hint = f"did you mean {near[0]!r}? The" if near else "the"
        msg = f"there is no suite {label!r}; {hint} suites are: {', '.join(known)}."
        raise UnknownNameError(msg)
    name, _, version = label.partition("@")
    stem = suites_folder() / f"{name}-{version}"
    values = read_toml(stem.with_name(f"{stem.name}.toml"))
    pins = json.loads(stem.with_name(f"{stem.name}.pins.json").read_bytes())
    return make_suite(name, version, values, pins)


def make_suite(name: str, version: str, values: Mapping[str, Json], pins: list[Any]) -> Suite:
    """Make a suite of its two files' contents."""
    given: dict[str, Any] = dict(values)
    own: dict[str, str] = given.pop("suite")
    parts = part_values(given, f"{name}@{version}") or [given]
    return Suite(
        name=name,
        version=version,
        title=given["name"],
        about=given["about"],
        reference=own["reference"],
        densities=tuple(given["densities"]),
        protocols=tuple(dict.fromkeys(p for part in parts for p in part["protocols"])),
        seeds=given["seeds"],
        controls=any(part.get("controls", False) for part in parts),
        pairs=tuple(Pair(**pair) for pair in pins),
        values={**given, "benchmark": f"{name}@{version}"},
    )
