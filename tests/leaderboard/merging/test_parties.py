import pytest

from prunebench.bundle.document import Submitter
from prunebench.leaderboard.merging.parties import same_party


@pytest.mark.parametrize(
    "name",
    ["ADA  l", "Ada\u200bL", "Ada L\u3164", "\uff21da L", "Ad\u00ada\u00a0L", "A\u034fda\ufe0f L"],
)
def test_names_that_look_alike_are_one_party(name):
    """Capitals, spaces, compatible forms and what nobody sees tell nobody apart."""
    assert same_party(Submitter("Ada L", ""), Submitter(name, "https://example.org/other"))


@pytest.mark.parametrize("name", ["", "  ", "\u3164", "\u200b \u2060", "\x00"])
def test_a_name_that_nobody_sees_is_nobody(name):
    """Who has no visible name is the one nobody, and nobody with a name."""
    assert same_party(Submitter("", ""), Submitter(name, ""))
    assert not same_party(Submitter("Ada", ""), Submitter(name, ""))


def test_other_names_are_other_parties():
    """A missing web address is nobody's."""
    assert not same_party(Submitter("Ada", ""), Submitter("Bob", ""))
