"""Text made readable for HTML: places where it may break, verdicts as badges."""

import re
from functools import lru_cache

from markupsafe import Markup

BREAKS = re.compile(r"(?<=[,;/])(?=\w)|(?<=\w)(?=\[)")
"""Where a label without spaces may go on in the next line: between and before its settings."""

WHOLE = 20
"""A name of at most so many letters is not broken at its hyphens."""

NUMBER = re.compile(r"(?<=\d) (?=%|points\b)")
"""The space between a number and its unit."""

JUDGING = ("Verdict", "Result", "Outcome")
"""Headings of the columns whose words are badges."""

TONES = {
    "good": ("CONFIRMED", "CONFIRMED-T1", "CONSISTENT", "met", "better"),
    "bad": ("REFUTED", "CONTRADICTED", "not met", "worse"),
    "open": ("INCONCLUSIVE", "NOT-SEEN-T1", "OPEN", "tie"),
    "none": ("NOT RUN", "RAN", "REPORTED", "not applicable", "untested"),
}
"""How a verdict looks; the word says it too, for those who see no colours."""

TONE = {word: tone for tone, words in TONES.items() for word in words}


def breakable(text: str) -> Markup:
    """Escape a text and let long labels in it break where a reader would.

    >>> breakable("obd[rate=0.1,rounds=0] <b>")
    Markup('obd<wbr>[rate=0.1,<wbr>rounds=0] &lt;b&gt;')
    >>> breakable("scratch-b here")
    Markup('<span class="whole">scratch-b</span> here')
    """
    return Markup(" ").join(map(breakable_word, text.split(" ")))


@lru_cache(maxsize=4096)
def breakable_word(word: str) -> Markup:
    """Do so for what stands between two spaces; tables say the same words in many lines."""
    if "-" in word and len(word) <= WHOLE:
        return Markup('<span class="whole">{}</span>').format(word)
    return Markup("<wbr>").join(BREAKS.split(word))


def flowing(text: str) -> Markup:
    """Escape a sentence and keep its numbers beside their units.

    >>> flowing("5 % & more")
    Markup('5&nbsp;% &amp; more')
    """
    return Markup("&nbsp;").join(NUMBER.split(text))


def judged(text: str, heading: str) -> Markup:
    """Write an entry of a column: a verdict as a badge, all else as `breakable` does.

    >>> judged("met", "Verdict"), judged("met", "Because")
    (Markup('<span class="badge good">met</span>'), Markup('met'))
    """
    if heading in JUDGING and text in TONE:
        return Markup('<span class="badge {}">{}</span>').format(TONE[text], text)
    return breakable(text)
