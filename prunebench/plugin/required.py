"""Plugins that an experiment requires: whether they are here, and new enough."""

from collections.abc import Iterable

from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from prunebench.errors import IncompatibleError, PluginLoadError
from prunebench.plugin.loader import normal
from prunebench.plugin.offer import Inventory, Origin


def refuse_lacking(required: Iterable[str], inventory: Inventory) -> None:
    """Check that plugins are loaded, in versions that will do.

    Parameters
    ----------
    required
        Distributions as pip is asked for them, such as ``"prunebench-mine>=1.0"``.
    inventory
        What loading the plugins left.

    Raises
    ------
    IncompatibleError
        If one is absent, left out, or of another version; with the line for pip.
    PluginLoadError
        If one is installed and nothing of it could be loaded.
    """
    for text in required:
        wanted = Requirement(text)
        loaded = named(wanted, (plugin.origin for plugin in inventory.plugins))
        if not loaded:
            refuse_absent(wanted, inventory)
        elif not is_within(wanted, loaded[0].version):
            msg = (
                f"the experiment requires the plugin {wanted}, and {loaded[0].version} is "
                f"installed; run: pip install --upgrade '{wanted}'"
            )
            raise IncompatibleError(msg)


def refuse_absent(wanted: Requirement, inventory: Inventory) -> None:
    """Say why a distribution has given no plugin; raises as `refuse_lacking`."""
    for failure in inventory.failures:
        if named(wanted, [failure.origin]):
            msg = f"the experiment requires the plugin {wanted}, but {failure}"
            raise PluginLoadError(msg)
    if named(wanted, inventory.blocked):
        msg = f"the experiment requires the plugin {wanted}, which --no-plugin leaves out."
        raise IncompatibleError(msg)
    msg = (
        f"the experiment requires the plugin {wanted}, which is not installed; run: "
        f"pip install '{wanted}'"
    )
    raise IncompatibleError(msg)


def named(wanted: Requirement, origins: Iterable[Origin]) -> list[Origin]:
    """Pick those of a distribution."""
    return [origin for origin in origins if normal(origin.distribution) == normal(wanted.name)]


def is_within(wanted: Requirement, version: str) -> bool:
    """Say whether a version will do; a development version counts, one that is none does not."""
    try:
        return wanted.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return not wanted.specifier
