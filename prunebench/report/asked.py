"""What a run's record says of its experiment: its tier and its parts."""

from collections.abc import Mapping

from prunebench.core.digest import Json

PAPER_TIER = "t2"
"""The tier that has the paper's own setting."""


def parts(experiment: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """Give the parts of an experiment; itself where it has none."""
    found = experiment.get("parts")
    listed = found if isinstance(found, list) else []
    return [part for part in listed if isinstance(part, dict)] or [experiment]
