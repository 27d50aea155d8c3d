import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.errors import SpecError
from prunebench.experiment.choice import (
    Choice,
    parse_choice,
    parse_choices,
    parse_value,
    split_outside,
    text,
)

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.+-]*", fullmatch=True)
KEYS = st.from_regex(r"[a-z][a-z0-9_]*", fullmatch=True)
TRICKY = st.sampled_from(
    ["true", "3", "1e-3", "nan", "inf", "", " a ", "a,b", "[a]", "a=b", '"', "it's", "\\", "a\nb"]
)
SCALARS = (
    st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | TRICKY
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=5)
CHOICES = st.builds(Choice, NAMES, st.dictionaries(KEYS, VALUES, max_size=3))


@given(CHOICES)
def test_label_reads_back_as_the_choice(choice):
    """Whatever the settings hold, the label is a way to type the same choice."""
    assert parse_choice(choice.label) == choice


@given(st.lists(CHOICES, max_size=4))
def test_labels_joined_by_commas_read_back_as_the_choices(choices):
    """Commas inside brackets and quotes belong to their choice."""
    assert parse_choices([",".join(choice.label for choice in choices)]) == tuple(choices)


@given(VALUES)
def test_value_reads_back(value):
    """Types survive: a text that looks like a number stays a text."""
    back = parse_value(text(value))

    assert back == value
    assert isinstance(back, str | list | bool) == isinstance(value, str | list | bool)


def test_label_lists_settings_in_alphabetical_order():
    """Two ways to write one choice have one label."""
    assert parse_choice("m[b=1,a=2]").label == parse_choice(" m[ a = 2 , b = 1 ] ").label
    assert parse_choice("m[b=1,a=2]").label == "m[a=2,b=1]"


def test_label_keeps_every_digit():
    """Two settings that differ in the seventh digit are two choices."""
    assert parse_choice("m[rate=0.1234567]").label == "m[rate=0.1234567]"
    assert parse_choice("m[rate=0.30000000000000004]").label != parse_choice("m[rate=0.3]").label


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("True", "True"),
        ("3", 3),
        ("-3", -3),
        ("1e-3", 0.001),
        ("0.5", 0.5),
        ("global", "global"),
        ("'global'", "global"),
        ('"3"', "3"),
        ('"true"', "true"),
        ('"a,b"', "a,b"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("-Infinity", "-Infinity"),
        ("NaN", "NaN"),
        ("null", "null"),
        ("[]", []),
        ("[1, a, [2]]", [1, "a", [2]]),
    ],
)
def test_values_are_read_as_typed(written, value):
    """Numbers are finite; quotes make a text; null and the like are words."""
    assert parse_value(written) == value
    assert type(parse_value(written)) is type(value)


def test_choices_without_settings():
    """Empty brackets, empty parts and spaces say nothing."""
    assert parse_choices(["a, b,,c[]", "", " d "]) == tuple(map(Choice, "abcd"))


def test_names_of_all_shipped_protocols_are_names():
    """A name may hold hyphens and a plus sign."""
    assert parse_choice("scratch-b+ft[cap=none]") == Choice("scratch-b+ft", {"cap": "none"})


def test_split_leaves_nested_brackets_alone():
    """Brackets in brackets are counted."""
    assert split_outside("a[x=[1,2],y=3],b") == ["a[x=[1,2],y=3]", "b"]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("magnitude[scope=global", "name[key=value,...]"),
        ("magnitude]", "name[key=value,...]"),
        ("", "name[key=value,...]"),
        ("-x", "name[key=value,...]"),
        ("two words", "name[key=value,...]"),
        ("magnitude[global]", "key=value"),
        ("magnitude[=global]", "key=value"),
        ("magnitude[a=1,a=2]", "twice"),
    ],
)
def test_unreadable_choice_says_what_to_write(written, sentence):
    """The sentence repeats what was written and shows the form."""
    with pytest.raises(SpecError) as caught:
        parse_choice(written)

    assert sentence in str(caught.value)
    assert repr(written) in str(caught.value)
