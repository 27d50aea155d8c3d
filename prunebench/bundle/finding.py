"""What is wrong with a bundle, and what is worth knowing of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prunebench.bundle.names import TRIALS
from prunebench.errors import UserError
from prunebench.results.measurement import Measurement

MEND = "pack the run anew with 'prunebench bundle pack'; a bundle is never edited"
"""How nearly everything is mended."""


@dataclass(frozen=True)
class Finding:
    """One thing for which a bundle is not accepted.

    Parameters
    ----------
    file
        Member of the archive, or the archive's own name.
    field
        Column of a row, field of the manifest, or property of the file.
    found, expected
        What stands there, and what it would have to be.
    message
        A sentence with both, and how to mend it.
    trial
        Where it is about one.
    """

    file: str
    field: str
    found: str
    expected: str
    message: str
    trial: str = ""

    def __str__(self) -> str:
        trial = f", trial {self.trial}" if self.trial else ""
        return f"{self.file}{trial}: {self.message}"


@dataclass(frozen=True)
class Note:
    """One thing that does not stand against a bundle but that its readers should know.

    Parameters
    ----------
    kind
        ``"open"``, ``"coverage"``, ``"density"``, ``"chance"``, ``"copy"``, or ``"suite"``.
    message
        A sentence.
    trial
        Where it is about one.
    """

    kind: str
    message: str
    trial: str = ""

    def __str__(self) -> str:
        return f"trial {self.trial}: {self.message}" if self.trial else self.message


class BundleError(UserError):
    """A bundle that cannot be read or written.

    Parameters
    ----------
    findings
        What is wrong with it, at least one thing.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        more = f" ({len(findings) - 1} more findings)" if len(findings) > 1 else ""
        super().__init__(f"{self.findings[0]}{more}")


def shown(value: object) -> str:
    """Write a stranger's value for a message: one line, at most 60 characters, escaped.

    >>> shown("a" * 99) == "'" + "a" * 56 + "..."
    True
    """
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def refuse(file: str, field: str, message: str, *, found: object = "", expected: str = "") -> None:
    """Refuse a bundle for one thing.

    Raises
    ------
    BundleError
        Always.
    """
    raise BundleError([Finding(file, field, shown(found), expected, message)])


def of_row(
    row: Measurement, field: str, message: str, *, found: object = "", expected: object = ""
) -> Finding:
    """Make a finding about a row; the message is a clause, to which how to mend it is added."""
    message = f"{message}; {MEND}."
    return Finding(TRIALS, field, shown(found), shown(expected), message, row.trial)


def unless_equal(row: Measurement, field: str, expected: object, source: str) -> Iterator[Finding]:
    """Find a column that does not hold what something else in the bundle says.

    Parameters
    ----------
    source
        What says so: a clause that ends before the value, such as ``"kept / size gives"``.
    """
    found = getattr(row, field)
    if found != expected:
        message = f"{field} is {shown(found)}, but {source} {shown(expected)}"
        yield of_row(row, field, message, found=found, expected=expected)
