"""Badges: what is known of a row, in words."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Word: TypeAlias = Literal[
    "reported", "re-scored", "reproduced", "independent", "conflict", "disputed", "superseded"
]

MEANINGS: dict[Word, str] = {
    "reported": "The bundle passed every automatic check.",
    "re-scored": "The score was computed anew from the test predictions in the bundle.",
    "reproduced": "Trials that were run again: so many agree, of so many.",
    "independent": "Another party submitted the same trial with a matching outcome.",
    "conflict": "Two parties report different outcomes on equal software and hardware; not ranked.",
    "disputed": "A maintainer's note casts doubt on it; shown, not ranked.",
    "superseded": "A newer bundle takes its place; kept in the history.",
}
"""What each badge says."""


@dataclass(frozen=True)
class Badge:
    """One badge.

    Parameters
    ----------
    word
        Which.
    count, of
        Of ``"reproduced"``: how many agree, of how many run again. Of a method's other badges: how
        many of its trials have it, of how many. 0 of 0 on a single trial.
    reason
        What a maintainer wrote, or whom it comes from; text of strangers.
    link
        Where it is discussed: an http or https address, or empty.
    """

    word: Word
    count: int = 0
    of: int = 0
    reason: str = ""
    link: str = ""

    @property
    def text(self) -> str:
        """Give the badge as it is written.

        >>> Badge("reproduced", 2, 3).text, Badge("independent").text
        ('reproduced 2/3', 'independent')
        """
        return f"{self.word} {self.count}/{self.of}" if self.of else self.word

    @property
    def meaning(self) -> str:
        """Say what it means."""
        return MEANINGS[self.word]
