"""What became of the trials of a cell: counted, never dropped."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

from prunebench.errors import SpecError


@dataclass(frozen=True)
class Outcomes:
    """Numbers of trials by what became of them.

    Parameters
    ----------
    ok
        Measured without complaint.
    collapsed
        A layer lost all its units; measured all the same.
    diverged
        A loss was not finite; there is no accuracy.
    failed
        A stage raised.
    blocked
        Never started, since a stage before it failed.
    """

    ok: int = 0
    collapsed: int = 0
    diverged: int = 0
    failed: int = 0
    blocked: int = 0

    @property
    def trials(self) -> int:
        """All trials that were asked for."""
        return sum(astuple(self))

    @property
    def measured(self) -> int:
        """Those with a number, which enter means."""
        return self.ok + self.collapsed

    def __str__(self) -> str:
        """Give ``"3 of 5 (1 diverged, 1 failed)"``."""
        names = [field.name for field in fields(self) if field.name != "ok"]
        rest = [f"{getattr(self, name)} {name}" for name in names if getattr(self, name)]
        return f"{self.measured} of {self.trials}" + (f" ({', '.join(rest)})" if rest else "")


def count_outcomes(statuses: Iterable[str]) -> Outcomes:
    """Count the states of trials.

    Raises
    ------
    SpecError
        If one is no state of a trial.
    """
    counts = Counter(statuses)
    known = {field.name for field in fields(Outcomes)}
    unknown = sorted(set(counts) - known)
    if unknown:
        msg = f"a trial is one of {', '.join(sorted(known))}, got {unknown[0]!r}."
        raise SpecError(msg)
    return Outcomes(**counts)
