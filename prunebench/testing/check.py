"""One check: a claim about one item."""

from collections.abc import Callable
from dataclasses import dataclass

from prunebench.testing.patience import within

PATIENCE = 100.0
"""Seconds that one check may take: a method that hangs must not hang whoever checks it."""


@dataclass(frozen=True)
class Check:
    """One claim about one item; calling it raises where the claim does not hold.

    Parameters
    ----------
    subject
        The item's public id.
    name
        What is checked.
    run
        The check itself.
    reason
        Why it cannot hold for this item, as its plugin says; empty where it must hold.
    patience
        Seconds that it may take.
    """

    subject: str
    name: str
    run: Callable[[], None]
    reason: str = ""
    patience: float = PATIENCE

    @property
    def label(self) -> str:
        """What tests call it, such as ``lamp-permutation``."""
        return f"{self.subject}-{self.name}"

    @property
    def claim(self) -> str:
        """What it claims, in one line."""
        return first_line(getattr(self.run, "func", self.run))

    def __call__(self) -> None:
        """Run the check; it raises where the claim does not hold."""
        message = (
            f"{self.subject}: the check {self.name} did not end within {self.patience:g} s, for "
            f"networks of a few hundred weights; bound every loop that waits for a value."
        )
        with within(self.patience, message):
            self.run()


def first_line(function: object) -> str:
    """Give the first line of a function's documentation."""
    return next(iter((function.__doc__ or "").splitlines()), "")
