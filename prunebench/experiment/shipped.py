"""Shipped benchmarks: where they lie, what they are called, and how their files are read."""

import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from prunebench.core.digest import Json
from prunebench.errors import SpecError, UnknownNameError


def benchmarks_folder() -> Path:
    """Find the shipped benchmarks: in the installed package, or in the source tree."""
    package = Path(str(files("prunebench")))
    shipped = package / "_benchmarks"
    return shipped if shipped.is_dir() else package.parent / "benchmarks"


def benchmark_names() -> list[str]:
    """List the shipped benchmarks."""
    return sorted(path.stem for path in benchmarks_folder().glob("*.toml"))


def benchmark_path(name: str) -> Path:
    """Find a shipped benchmark by name."""
    if name not in benchmark_names():
        near = get_close_matches(name, benchmark_names(), 1)
        hint = f"did you mean {near[0]!r}? The" if near else "the"
        known = ", ".join(benchmark_names()) or "none"
        msg = f"no file and no benchmark {name!r}; {hint} benchmarks are: {known}."
        raise UnknownNameError(msg)
    return benchmarks_folder() / f"{name}.toml"


def read_toml(path: Path) -> dict[str, Json]:
    """Read a TOML file.

    Raises
    ------
    SpecError
        If it cannot be read or is not TOML.
    """
    try:
        return parse_toml(path.read_bytes().decode("utf-8-sig"), str(path))
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}."
        raise SpecError(msg) from None
    except UnicodeDecodeError as error:
        msg = f"{path} is not valid TOML: {error}."
        raise SpecError(msg) from None


def refuse_unpublished(references: Iterable[str], where: str) -> None:
    """Refuse published tables whose numbers are not shipped.

    Raises
    ------
    SpecError
        With the nearest one that is.
    """
    known = sorted(path.stem for path in (benchmarks_folder() / "paper").glob("*.csv"))
    for name in references:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}."
            msg = f"{where}: there are no published numbers {name!r}; {hint}"
            raise SpecError(msg)


def parse_toml(text: str, name: str) -> dict[str, Json]:
    """Read the text of a TOML file; `name` is for messages.

    Raises
    ------
    SpecError
        If it is not TOML, or nested too deeply, or holds a number of thousands of digits.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        msg = f"{name} is nested too deeply to be read; write it flatter."
        raise SpecError(msg) from None
    except ValueError as error:  # a TOMLDecodeError, or Python's limit on digits
        msg = f"{name} is not valid TOML: {str(error).partition(';')[0]}."
        raise SpecError(msg) from None
