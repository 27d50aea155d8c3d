"""Keys depend on values alone."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.core.digest import KEY_LENGTH, canonical, digest

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, width=32)
FINITE = SCALARS.filter(lambda value: value not in (float("inf"), float("-inf")))
VALUES = st.recursive(
    FINITE | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


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
