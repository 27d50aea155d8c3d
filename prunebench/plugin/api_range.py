"""For which versions of the API a plugin says it was written, and whether this is one of them."""

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.metadata import version
from itertools import accumulate

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from prunebench.contracts.hook import API_VERSION, PROJECT
from prunebench.errors import PluginLoadError, PluginVersionError
from prunebench.plugin.offer import Origin
from prunebench.plugin.source import RANGE, locate, source_text

EXAMPLE = ">=1.0,<2"
"""What the author of a plugin for this API writes."""


def stated_ranges(module: str) -> Iterator[object]:
    """Read what a module and the packages it lies in declare, outermost first; nothing is run.

    Python imports the packages of a module in order to find it, so each range is to be checked
    before the next is asked for: a package may want what this API has no more, or not yet.
    """
    for name in accumulate(module.split("."), "{}.{}".format):
        stated = stated_range(text_of(name))
        if stated is not None:
            yield stated


def text_of(module: str) -> str:
    """Give a module's source text; empty where there is none to be read."""
    spec = locate(module)
    try:
        return (source_text(spec) if spec is not None else None) or ""
    except (OSError, SyntaxError):  # importing it will tell
        return ""


@lru_cache(maxsize=256)
def stated_range(text: str) -> object:
    """Read the range from a module's text, wherever at the top level it is written down.

    >>> stated_range('x = 1; prunebench_api = ">=1.0,<2"')
    '>=1.0,<2'
    """
    if RANGE not in text:
        return None
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError):  # importing it will tell
        return None
    for statement in statements:
        targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
        named = any(isinstance(target, ast.Name) and target.id == RANGE for target in targets)
        value = getattr(statement, "value", None)
        if named and isinstance(value, ast.Constant):
            return value.value
    return None


def admitted(ranges: Iterable[object], origin: Origin) -> str:
    """Check that every range a plugin declares admits this API; gives the last, empty without any.

    Raises
    ------
    PluginLoadError
        If one is not a range.
    PluginVersionError
        If one leaves this API out; the message holds the range, our version and what mends it.
    """
    last = ""
    for declared in ranges:
        refuse_malformed(declared)
        last = str(declared)
        if not admits(last):
            msg = (
                f"{RANGE} = {last!r} leaves out {API_VERSION}, the API of {PROJECT} "
                f"{version(PROJECT)}; {remedy(last, origin)}."
            )
            raise PluginVersionError(msg, last)
    return last


def refuse_malformed(declared: object) -> None:
    """Refuse what is no range.

    Raises
    ------
    PluginLoadError
        With what to write.
    """
    if isinstance(declared, str) and declared.strip():
        try:
            SpecifierSet(declared)
        except InvalidSpecifier:
            pass
        else:
            return
    msg = f"{RANGE} = {declared!r} is no range of versions; write {RANGE} = {EXAMPLE!r}."
    raise PluginLoadError(msg)


def admits(declared: str) -> bool:
    """Say whether a range holds this API's version.

    >>> admits(">=1.0,<2"), admits(">=1.1"), admits("<1")
    (True, False, False)
    """
    return SpecifierSet(declared).contains(API_VERSION)


def remedy(declared: str, origin: Origin) -> str:
    """Say what to do about a range that leaves this API out."""
    if wants_newer(declared):
        return f"run: pip install --upgrade {PROJECT}"
    if origin.is_file:
        return f"bring {origin.distribution} up to date and widen the range in it"
    return f"run: pip install --upgrade {origin.distribution}"


def wants_newer(declared: str) -> bool:
    """Say whether a range asks for a later API than this one.

    >>> wants_newer(">=1.2,<2"), wants_newer(">=0.5,<1"), wants_newer("==2.*")
    (True, False, True)
    """
    floors = [part for part in SpecifierSet(declared) if part.operator in {">=", ">", "==", "~="}]
    ours = Version(API_VERSION)
    return any(
        Version(part.version.removesuffix(".*")) > ours
        or (part.operator == ">" and Version(part.version) >= ours)
        for part in floors
    )
