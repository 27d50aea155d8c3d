"""Keys depend on values alone."""

import hashlib
import json
from copy import deepcopy
from enum import IntEnum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.core.digest import KEY_LENGTH, Fragment, canonical, digest, read_back

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, width=32)
FINITE = SCALARS.filter(lambda value: value not in (float("inf"), float("-inf")))
VALUES = st.recursive(
    FINITE | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=4)
        | st.dictionaries(st.text(), inner, max_size=4).map(Fragment)
    ),
    max_leaves=12,
)


class Colour(StrEnum):
    """Text that is not of type str itself."""

    RED = "réd"


class Size(IntEnum):
    """A number that is not of type int itself."""

    LARGE = 3


def written(value):
    """Write a value as the standard library does, without any shortcut."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def backwards(value):
    """Turn the order of all keys round."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(entry) for entry in value] if isinstance(value, list) else value


@given(VALUES)
def test_the_order_of_keys_is_irrelevant(value):
    """Equal values written in another order have the same key."""
    assert digest(backwards(value)) == digest(value)


def test_canonical_text():
    """Keys are sorted, nothing is padded, tuples are lists."""
    text = canonical({"b": (1, 0.1), "a": {"z": None, "y": True}})

    assert text == '{"a":{"y":true,"z":null},"b":[1,0.1]}'


@given(ANY)
def test_text_is_the_standard_librarys(value):
    """Fragments anywhere, any letters, any finite number: the text is what json writes."""
    try:
        expected = written(value)
    except ValueError:  # an infinity
        with pytest.raises(ValueError, match="not JSON compliant"):
            canonical(value)
    else:
        assert canonical(value) == expected


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.dictionaries(st.text(), FINITE))
def test_a_fragment_is_the_object_that_it_was_made_from(value, rest):
    """Alone and inside another object, written for the first time and again."""
    fragment = Fragment(value)

    assert fragment == value
    assert digest(fragment) == digest(value)
    assert {digest({**rest, "a": fragment}) for _ in range(2)} == {digest({**rest, "a": value})}
    assert written(fragment) == fragment.text


def test_copies_of_a_fragment_have_their_own_text():
    """A copy that is changed is written as it is, and not as what it was copied from."""
    fragment = Fragment({"a": 1})
    text = fragment.text
    copies = [deepcopy(fragment), Fragment(fragment), Fragment(fragment.items())]

    assert [copy.text for copy in copies] == [text] * 3
    assert canonical({**fragment, "b": 2}) == '{"a":1,"b":2}'
    assert canonical(fragment | {"a": 2}) == '{"a":2}'


@pytest.mark.parametrize(("value", "plain"), [(Colour.RED, "réd"), (Size.LARGE, 3)])
def test_members_of_an_enumeration_are_their_values(value, plain):
    """A setting may be one; its key is that of the plain value."""
    assert canonical({"a": value}) == written({"a": plain})
    assert canonical(value) == written(plain)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_what_is_read_back_has_the_same_digest(value):
    """Reading back changes no value that has a text."""
    found = read_back(value)

    assert list(found) == sorted(value)
    assert digest(found) == digest(value)
    assert json.dumps(found) == json.dumps(json.loads(written(value)))


def test_a_key_is_the_start_of_sha256():
    """Anyone can recompute a key with sha256sum."""
    assert digest({"a": 1}) == hashlib.sha256(b'{"a":1}').hexdigest()[:KEY_LENGTH]
    assert KEY_LENGTH == 32


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, None), ("1", 1), ([], {}), ([[]], [])])
def test_different_values_have_different_keys(one, other):
    """What Python calls equal, or empty, is still told apart."""
    assert digest(one) != digest(other)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_no_number_is_refused(value):
    """NaN and the infinities have no canonical form."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest({"rate": [value]})
