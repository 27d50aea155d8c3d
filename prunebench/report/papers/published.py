"""Published numbers: rows of the tidy files that are kept beside the benchmarks."""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prunebench.errors import SpecError

COLUMNS = (
    "table",
    "dataset",
    "model",
    "method",
    "printed",
    "target",
    "protocol",
    "metric",
    "mean",
    "sd",
    "n",
    "lr",
    "standing",
    "source",
    "note",
    "footnote",
)
"""Columns of a file of published numbers, in any order."""

STANDINGS = ("read", "second-hand", "memory")
"""How a number came here: read in its source, quoted by somebody else, or remembered."""


@dataclass(frozen=True)
class Published:
    """One published number; `mean` and `sd` as they are printed, in percent or points.

    Parameters
    ----------
    dataset, model, printed
        The publication's own words; `printed` is the target.
    method, protocol, target
        Ids and label as prunebench writes them; empty where it has none.
    metric
        What the number is, such as ``"test_accuracy"``.
    mean, sd, n, lr
        Texts of numbers; all but `mean` may be empty.
    standing
        One of `STANDINGS`.
    source, footnote
        Where it was read; what must be said wherever the number is shown.
    table
        Which table of the publication.
    """

    dataset: str
    model: str
    method: str
    printed: str
    target: str
    protocol: str
    metric: str
    mean: str
    sd: str = ""
    n: str = ""
    lr: str = ""
    standing: str = "read"
    source: str = ""
    footnote: str = ""
    table: str = ""

    @property
    def value(self) -> float:
        """The number itself, in percent or points."""
        return float(self.mean)


def read_published(path: Path) -> tuple[Published, ...]:
    """Read a file of published numbers.

    Raises
    ------
    SpecError
        If it cannot be read, or a row has a column too many, too few, or an unusable entry.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            lacking = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if lacking:
                msg = f"{path} lacks the column {lacking[0]!r}; it needs {', '.join(COLUMNS)}."
                raise SpecError(msg)
            return tuple(published(row, f"{path}, line {reader.line_num}") for row in reader)
    except OSError as error:
        msg = f"cannot read the published numbers {path}: {error.strerror}."
        raise SpecError(msg) from None
    except (csv.Error, UnicodeDecodeError) as error:
        msg = f"{path} is no table of comma-separated values: {error}."
        raise SpecError(msg) from None


def published(row: Mapping[str | None, str | None], where: str) -> Published:
    """Check one row.

    Raises
    ------
    SpecError
        With the file and the line.
    """
    if None in row or None in row.values():
        msg = f"{where} has not as many entries as the headings; put entries with commas in quotes."
        raise SpecError(msg)
    texts = {str(key): str(value) for key, value in row.items()}
    for key, (is_good, what) in NUMBERS.items():
        if not is_good(texts[key]) and (texts[key] or key == "mean"):
            fault = what if is_number(texts[key]) else "number"
            msg = f"{where}: {key} = {texts[key]!r} is no {fault}."
            raise SpecError(msg)
    if texts["standing"] not in STANDINGS:
        msg = f"{where}: standing = {texts['standing']!r}; write {' or '.join(STANDINGS)}."
        raise SpecError(msg)
    return Published(**{key: texts[key] for key in Published.__dataclass_fields__})


NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?(e-?[0-9]{1,2})?", re.ASCII)


def is_number(text: str) -> bool:
    """Say whether a text is a number as publications print them.

    >>> is_number("-2.66"), is_number("nan"), is_number(""), is_number("1e-4")
    (True, False, False, True)
    """
    return NUMBER.fullmatch(text) is not None


def is_spread(text: str) -> bool:
    """Say whether a text is a number that is not negative.

    >>> is_spread("0.06"), is_spread("-0.06")
    (True, False)
    """
    return is_number(text) and float(text) >= 0


def is_count(text: str) -> bool:
    """Say whether a text is a whole number from 1 on.

    >>> is_count("5"), is_count("0"), is_count("2.5")
    (True, False, False)
    """
    return re.fullmatch("[1-9][0-9]{0,8}", text) is not None


NUMBERS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "mean": (is_number, "number"),
    "sd": (is_spread, "number from 0 on"),
    "n": (is_count, "number of runs"),
    "lr": (is_spread, "learning rate"),
}
"""Columns that hold numbers, and what they must be."""
