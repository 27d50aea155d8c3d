import keyword
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.errors import SpecError
from prunebench.plugin import contract
from prunebench.scaffold.names import KINDS, NAME, Names, names_of

LETTERS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=9)
JOINED = st.lists(st.tuples(st.sampled_from("-_+"), LETTERS), max_size=3)
NAMES = st.builds(lambda first, rest: first + "".join(map("".join, rest)), LETTERS, JOINED)


def test_all_names_follow_from_one():
    """The distribution has hyphens, the module underscores, the class neither."""
    expected = Names(
        public="geometric-median+2",
        distribution="prunebench-geometric-median-2",
        module="prunebench_geometric_median_2",
        entry_point="geometric-median-2",
        owner="GeometricMedian2",
    )

    assert names_of("geometric-median+2", "method") == expected


def test_the_rule_is_that_of_the_registry():
    """What is accepted here is accepted there."""
    assert NAME.pattern == contract.NAME.pattern


@pytest.mark.parametrize(
    ("name", "kind", "owner"),
    [
        ("3d-filter", "method", "Method3dFilter"),
        ("scores", "method", "MethodScores"),
        ("dataset", "dataset", "DatasetDataset"),
        ("lamp", "model", "Lamp"),
        ("test", "method", "MethodTest"),
        ("test-time", "model", "ModelTestTime"),
        ("latest", "method", "Latest"),
    ],
)
def test_classes_have_names_that_python_takes(name, kind, owner):
    """A digit in front, a name that is imported, or one that pytest collects gets its kind."""
    assert names_of(name, kind).owner == owner


@given(NAMES, st.sampled_from(KINDS))
def test_every_accepted_name_can_be_written(name, kind):
    """Module and class are identifiers and no keywords; pip takes the distribution."""
    try:
        names = names_of(name, kind)
    except SpecError:
        assert {name, name.capitalize()} & {*keyword.kwlist, "plugins"}
        return
    for word in (names.module, names.owner):
        assert word.isidentifier()
        assert not keyword.iskeyword(word)

    assert re.fullmatch(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", names.distribution)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "lower-case letters"),
        ("Lamp", "lower-case letters"),
        ("-lamp", "lower-case letters"),
        ("la--mp", "lower-case letters"),
        ("../lamp", "lower-case letters"),
        ("lamp\n", "lower-case letters"),
        ('la"mp', "lower-case letters"),
        ("lämp", "lower-case letters"),
        ("lambda", "Python's own"),
        ("none", "Python's own"),
        ("plugins", "prunebench_plugins itself"),
        ("l" * 41, "41 characters"),
        ("l" * 100_000, "100000 characters"),
    ],
)
def test_other_names_are_refused(name, reason):
    """One sentence says why, and is no longer for a longer name."""
    with pytest.raises(SpecError, match=reason) as refused:
        names_of(name, "method")

    assert len(str(refused.value)) < 200
