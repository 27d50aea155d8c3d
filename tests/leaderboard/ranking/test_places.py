import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.leaderboard.number import Rank
from prunebench.leaderboard.ranking.places import leaders, place_order, places
from prunebench.statistics.compare import adjusted, compare_pair, judged


def seeds(*values):
    """Give values by seed, from 0 on."""
    return dict(enumerate(values))


def told(found):
    """Write places as a person reads them."""
    return {name: str(rank) for name, rank in found.items()}


def test_clear_order_gives_single_places():
    """With paired differences of 0.1, 0.11, 0.1 and 0.2, 0.21, 0.2 the order is beyond doubt.

    t = 0.1033 / (0.00577 / sqrt(3)) = 31, p = 0.001; with Holm over three tests 0.003 at most.
    """
    sides = {
        "a": seeds(0.90, 0.91, 0.92),
        "b": seeds(0.80, 0.80, 0.82),
        "c": seeds(0.70, 0.70, 0.71),
    }

    assert told(places(sides, ())) == {"a": "1", "b": "2", "c": "3"}


def test_noise_ties_all():
    """Differences that change their sign from seed to seed support no order."""
    sides = {"a": seeds(0.9, 0.7, 0.8), "b": seeds(0.7, 0.9, 0.8), "c": seeds(0.8, 0.8, 0.81)}

    assert told(places(sides, ())) == {"a": "1–3", "b": "1–3", "c": "1–3"}


def test_ties_are_not_handed_on():
    """Not to be told apart from both ends is to be of any place: b, between a and c.

    a - c = 0.10, 0.11, 0.10 is beyond doubt; b lies between with 0.00 to 0.10 of noise.
    """
    sides = {
        "a": seeds(0.90, 0.91, 0.90),
        "b": seeds(0.90, 0.81, 0.86),
        "c": seeds(0.80, 0.80, 0.80),
    }

    assert told(places(sides, ())) == {"a": "1–2", "b": "1–3", "c": "2–3"}


def test_failed_methods_come_last_together():
    """Methods that did not end well share the last places, however good their numbers."""
    sides = {
        "a": seeds(0.90, 0.91, 0.92),
        "b": seeds(0.80, 0.80, 0.82),
        "c": seeds(0.99, 0.99, None),
        "d": seeds(0.10, 0.11, 0.12),
    }

    assert told(places(sides, {"c", "d"})) == {"a": "1", "b": "2", "c": "3–4", "d": "3–4"}


def test_one_seed_supports_nothing():
    """Without spread over seeds no difference is told apart."""
    assert told(places({"a": seeds(0.9), "b": seeds(0.1)}, ())) == {"a": "1–2", "b": "1–2"}


def test_equal_differences_of_few_seeds_support_nothing():
    """Three seeds that differ by exactly one image are a coincidence, not precision."""
    sides = {"a": seeds(0.5, 0.6, 0.7), "b": seeds(0.4, 0.5, 0.6)}

    assert told(places(sides, ())) == {"a": "1–2", "b": "1–2"}


def test_holm_counts_all_pairs():
    """A difference that stands alone (p = 0.026) falls once Holm counts three pairs (0.078).

    0.10, 0.14, 0.06: mean 0.10, sd 0.04, t = 4.33 with 2 degrees of freedom, p = 0.0494; so
    0.10, 0.13, 0.07 has sd 0.03, t = 5.77, p = 0.0287.
    """
    alone = {"a": seeds(0.60, 0.63, 0.57), "b": seeds(0.5, 0.5, 0.5)}
    three = alone | {"c": seeds(0.70, 0.45, 0.61)}

    assert told(places(alone, ())) == {"a": "1", "b": "2"}
    assert told(places(three, ())) == {"a": "1–3", "b": "1–3", "c": "1–3"}


accuracies = st.integers(0, 40).map(lambda images: images / 40)


@settings(deadline=None)
@given(
    st.integers(1, 7).flatmap(
        lambda n: st.lists(st.lists(accuracies, min_size=n, max_size=n), min_size=1, max_size=4)
    )
)
def test_places_are_those_of_the_comparisons(values):
    """Places agree with what the tables' comparisons find for every two methods."""
    sides = {name: seeds(*one) for name, one in zip("abcd", values, strict=False)}
    names = sorted(sides)
    pairs = [compare_pair({}, (x, y), sides) for x in names for y in names if x < y]
    beats = {(x, y): False for x in names for y in names}
    for one in judged(adjusted(pairs, ()), 0.05, lower_is_better=False):
        beats[one.method, one.reference] = one.outcome == "better"
        beats[one.reference, one.method] = one.outcome == "worse"
    expected = {
        name: Rank(
            1 + sum(beats[other, name] for other in names),
            len(names) - sum(beats[name, other] for other in names),
            len(names),
        )
        for name in names
    }

    assert places(sides, ()) == expected


@pytest.mark.parametrize("last", [(), ("a",), ("a", "b", "c")])
def test_places_are_taken(last):
    """Whatever fails, best places begin with 1 and worst ones end with the number of methods."""
    found = places({name: seeds(0.5, 0.6, 0.4) for name in "abc"}, last)

    assert min(rank.best for rank in found.values()) == 1
    assert max(rank.worst for rank in found.values()) == 3


def test_names_decide_where_all_may_be_first():
    """Those that may be first are sorted by name, whatever their last place."""
    ranks = {"b": Rank(1, 2, 4), "a": Rank(1, 3, 4), "d": Rank(2, 3, 4), "c": Rank(2, 4, 4)}

    assert sorted(ranks, key=lambda name: place_order(ranks[name], name)) == ["a", "b", "d", "c"]


def test_whoever_scatters_does_not_lead():
    """The largest mean leads with what is not told apart from it; noise alone leads nothing.

    b - a = -0.3, -0.31, -0.3 is beyond doubt, and d, of the smallest mean, is beaten by nobody:
    its differences from a are -0.9 to 0.09. It leads with a all the same, for it may be as good;
    b does not.
    """
    sides = {
        "a": seeds(0.90, 0.91, 0.90),
        "b": seeds(0.60, 0.60, 0.60),
        "d": seeds(0.00, 0.99, 0.50),
    }

    assert leaders(sides, ()) == ("a", "d")
    assert leaders(sides, {"a"}) == ("b", "d")
    assert leaders({}, ()) == ()


def test_a_method_that_the_best_beats_does_not_lead_though_others_do_not():
    """C is told apart from a, the best, and not from b: it may be second, and does not lead."""
    sides = {
        "a": seeds(0.90, 0.91, 0.90),
        "b": seeds(0.85, 0.95, 0.85),
        "c": seeds(0.80, 0.80, 0.80),
    }

    assert leaders(sides, ()) == ("a", "b")
