"""Required plugins as a TOML writes them."""

import pytest

from prunebench.errors import SpecError
from prunebench.experiment.required import required_plugin
from prunebench.experiment.schema import validate


@pytest.mark.parametrize(
    "written",
    ["", ">=1.0", "mine 1.0", "mine[all]>=1", "mine @ file:///x", "mine; python_version > '3'"],
)
def test_only_a_distribution_with_versions_is_one(written):
    """What pip would take from elsewhere, or on some machines, is refused with the right form."""
    with pytest.raises(SpecError, match=r"is no distribution with versions; write it like 'prune"):
        required_plugin(written)


def test_they_stand_in_the_record():
    """run.json says what was required, once each, and the record reads back equal."""
    asked = validate({"required_plugins": ["mine >= 1.0", "mine>=1.0", "other"]}, "test")

    assert asked.record()["required_plugins"] == ["mine>=1.0", "other"]
    assert validate(asked.record(), "test") == asked
    assert "required_plugins" not in validate({}, "test").record()


def test_they_are_said_once_of_all_parts():
    """A part cannot require what the others do without."""
    with pytest.raises(SpecError, match="'required_plugins' is said of all parts together"):
        validate({"parts": [{"required_plugins": ["mine"]}]}, "test")
