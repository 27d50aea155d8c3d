"""Plugins that an experiment requires, as its TOML writes them."""

from packaging.requirements import InvalidRequirement, Requirement

from prunebench.errors import SpecError


def required_plugin(written: str) -> str:
    """Read a distribution with a range of versions, as pip would be asked for it.

    >>> required_plugin("prunebench-mine >= 1.0")
    'prunebench-mine>=1.0'

    Raises
    ------
    SpecError
        If it is something else; an address or a condition on the machine has no place here.
    """
    try:
        found = Requirement(written)
    except InvalidRequirement:
        found = None
    if found is None or found.url or found.marker or found.extras:
        msg = (
            f"required_plugins: {written!r} is no distribution with versions; write it like "
            f"'prunebench-mine>=1.0'."
        )
        raise SpecError(msg)
    return str(found)
