"""What HTML gets beside the text: places to break, units held fast, badges; never other words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.report.html import TONE, breakable, flowing, judged

TEXT = st.text("ab-19 %[],;/<>&\"'=_", max_size=30)


@given(TEXT)
def test_the_words_stay_as_they_are(text):
    """Without tags and entities the text is the same, and no tag comes from it."""
    for written in (breakable(text), flowing(text), judged(text, "Verdict")):
        shown = re.sub(r"<wbr>|</?span[^>]*>", "", str(written)).replace("&nbsp;", " ")
        for entity, mark in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'")):
            shown = shown.replace(entity, mark)

        assert shown.replace("&amp;", "&") == text


def test_labels_break_between_their_settings_alone():
    """Before the bracket and after commas; short names nowhere, long ones at their hyphens."""
    assert breakable("obd[rate=0.1,rounds=0]") == "obd<wbr>[rate=0.1,<wbr>rounds=0]"
    assert breakable("scratch-b") == '<span class="whole">scratch-b</span>'
    assert breakable("a-name-of-more-than-20-letters") == "a-name-of-more-than-20-letters"


def test_numbers_stay_with_their_units():
    """Per cent and points."""
    assert flowing("5 % of 3 points, 4 seeds") == "5&nbsp;% of 3&nbsp;points, 4 seeds"


@pytest.mark.parametrize("word", TONE)
def test_verdicts_are_badges_in_their_columns_alone(word):
    """The word is in the badge; elsewhere it is a word."""
    assert judged(word, "Verdict") == f'<span class="badge {TONE[word]}">{word}</span>'
    assert "badge" not in judged(word, "Because")
    assert "badge" not in judged(f"{word}?", "Verdict")
