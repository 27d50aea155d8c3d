"""Unknown names: say so and suggest the nearest."""

from collections.abc import Iterable
from difflib import get_close_matches

from prunebench.errors import UnknownNameError


def suggestion(name: str, known: Iterable[str]) -> str:
    """Give ``"; did you mean 'magnitude'?"``, or a full stop where nothing is near.

    >>> suggestion("magnitud", ["l1filter", "magnitude"])
    "; did you mean 'magnitude'?"
    """
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else "."


def unknown_name(kind: str, name: str, known: Iterable[str], command: str) -> UnknownNameError:
    """Make the error for a name nobody has registered.

    Parameters
    ----------
    kind
        What was asked for, such as ``"method"``.
    name, known
        The name, and all that would have done.
    command
        What lists the known names, such as ``"prunebench list methods"``.
    """
    names = sorted(set(known))
    msg = (
        f"unknown {kind} {name!r}{suggestion(name, names)} Run {command!r} to see all {len(names)}."
    )
    return UnknownNameError(msg)
