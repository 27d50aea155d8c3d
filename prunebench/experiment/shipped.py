"""Shipped benchmarks: where they lie, what they are called, and how their files are read."""

import tomllib
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
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}."
        raise SpecError(msg) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path} is not valid TOML: {error}."
        raise SpecError(msg) from None
