"""Names that no stranger's text can steer."""

import re

from hypothesis import given
from hypothesis import strategies as st

from prunebench.leaderboard.slugs import RESERVED, digest, slug, slugs

SAFE = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


@given(st.text())
def test_a_slug_has_letters_digits_and_hyphens_alone(text):
    """Whatever the text, the name is safe in a path, short, and no system keeps it for itself."""
    name = slug(text)

    assert SAFE.fullmatch(name)
    assert len(name) <= 48 + 1 + 8
    assert name not in RESERVED


@given(st.lists(st.text(max_size=8), max_size=12))
def test_different_texts_have_different_slugs(texts):
    """No two texts share a page."""
    assert len(set(slugs(texts).values())) == len(set(texts))


def test_an_ordinary_name_stays_as_it_is():
    """Most methods have a readable address."""
    assert [slug(name) for name in ("magnitude", "l1filter", "lr-rewind")] == [
        "magnitude",
        "l1filter",
        "lr-rewind",
    ]


def test_a_text_that_looks_like_another_ones_slug_does_not_take_it():
    """Who calls a method by the address of another gets an address of its own."""
    stolen = slug("obd[rate=0.1]")

    assert slugs(["obd[rate=0.1]", stolen])["obd[rate=0.1]"] == stolen
    assert slug(stolen) == f"{stolen}-{digest(stolen)[:8]}"


def test_texts_with_equal_eight_digits_are_told_apart(monkeypatch):
    """Where eight digits of two digests agree, all of them are written."""
    monkeypatch.setattr("prunebench.leaderboard.slugs.DIGITS", 0)
    found = slugs(["a b", "a/b"])

    assert found == {"a b": f"a-b-{digest('a b')}", "a/b": f"a-b-{digest('a/b')}"}
