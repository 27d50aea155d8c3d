"""Pieces of sentences."""

from hypothesis import given
from hypothesis import strategies as st

from prunebench.report.prose import counted, listing, shortlist, signed


@given(st.floats(-1, 1, allow_nan=False))
def test_a_difference_reads_back_within_its_rounding(value):
    """Sign and digits are those of the number; what rounds to zero carries no sign."""
    text = signed(value)

    assert abs(float(text.replace("−", "-")) - 100 * value) <= 0.005 + 1e-9
    assert (text == "0.00") == (float(text.replace("−", "-")) == 0)


def test_lists_end_with_a_word():
    """None, one, two and more parts; a long list says how many it leaves out."""
    assert [listing(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert shortlist(list("abcdefgh"), 3) == "a, b, c and 5 more"


def test_one_thing_is_singular():
    """Zero and many are plural."""
    assert [counted(n, "seed") for n in (0, 1, 2000)] == ["0 seeds", "1 seed", "2,000 seeds"]
