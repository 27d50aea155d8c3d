"""A new plugin's project, file by file, as text."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined

from prunebench.errors import SpecError
from prunebench.scaffold.names import Kind, Names, names_of

License: TypeAlias = Literal["MIT", "BSD-3-Clause", "none"]
"""SPDX identifiers of the licenses whose text is packaged, or none."""

LICENSES: tuple[str, ...] = get_args(License)

API = ">=1.0,<2"
"""Versions of ``prunebench.api`` that the templates are written for."""

TORCH = (("3.11", "2.11", "0.26"), ("3.13", "2.13", "0.28"))
"""Python, torch and torchvision: the lowest and the newest that prunebench works with."""

WHAT: Mapping[Kind, str] = {
    "method": "a pruning method",
    "model": "a model",
    "dataset": "a data set",
    "protocol": "a retraining protocol",
}
"""What a plugin offers, in words."""

RUNS: Mapping[Kind, str] = {
    "method": "--methods {name},magnitude --protocols finetune --densities 0.2,0.05",
    "model": "--model {name} --methods magnitude,l1filter --protocols finetune",
    "dataset": "--dataset {name} --methods magnitude,l1filter --protocols finetune",
    "protocol": "--methods magnitude,l1filter --protocols {name},finetune",
}
"""What to run first."""

CHANNEL_RUN = "--methods {name},l1filter --protocols finetune --densities 0.5,0.2"

LONGEST_AUTHOR = 100

AUTHOR = re.compile(r"(?P<name>[^<>]*[^<>\s])\s*<(?P<email>[^<>\s@]+@[^<>\s@]+)>")


@dataclass(frozen=True)
class Wish:
    """What is asked for.

    Parameters
    ----------
    name
        Public id.
    kind
        What the plugin offers.
    channel
        Of a method: whether it removes channels instead of weights.
    author
        ``Name`` or ``Name <mail address>``; may be empty.
    license
        Under which license.
    """

    name: str
    kind: Kind = "method"
    channel: bool = False
    author: str = ""
    license: License = "MIT"


@dataclass(frozen=True)
class Author:
    """Who writes a plugin; `email` may be empty, and `name` too if nobody is named."""

    name: str = ""
    email: str = ""


def project_files(wish: Wish, *, version: str, year: int) -> dict[str, str]:
    """Write every file of a new project.

    Parameters
    ----------
    wish
        What is asked for.
    version
        That of the prunebench which the project will be developed with.
    year
        For the license.

    Returns
    -------
    dict
        Text by path, relative to the project's folder.

    Raises
    ------
    SpecError
        If the name or the author cannot be used.
    """
    names = names_of(wish.name, wish.kind)
    known = {
        "names": names,
        "wish": wish,
        "what": WHAT[wish.kind],
        "run": run_command(wish),
        "author": read_author(wish.author),
        "api": API,
        "torch": TORCH,
        "version": version.partition("+")[0],  # what is local to one machine bounds nothing
        "year": year,
    }
    templates = environment()
    return {
        path: templates.get_template(name).render(known)
        for path, name in template_names(wish, names).items()
    }


def run_command(wish: Wish, before: Collection[str] = ()) -> str:
    """Give the command that compares a new plugin with what is shipped.

    Parameters
    ----------
    wish
        What is asked for.
    before
        Words between ``prunebench`` and ``run``, such as ``--no-plugin NAME``.
    """
    options = CHANNEL_RUN if wish.channel else RUNS[wish.kind]
    words = [once(word) for word in options.format(name=wish.name).split()]
    return " ".join(["prunebench", *before, "run", *words])


def once(listed: str) -> str:
    """Leave out of a list with commas what stands in it already."""
    return ",".join(dict.fromkeys(listed.split(",")))


def template_names(wish: Wish, names: Names) -> dict[str, str]:
    """Say which template each file is written from, in alphabetical order of the files."""
    source = "channel_method" if wish.channel else wish.kind
    found = {
        ".github/workflows/tests.yml": "workflow.yml.j2",
        ".gitignore": "gitignore.j2",
        "README.md": "readme.md.j2",
        f"{names.module}.py": f"{source}.py.j2",
        "pyproject.toml": "pyproject.toml.j2",
        f"tests/test_{names.module}.py": f"test_{source}.py.j2",
    }
    if wish.license != "none":
        found["LICENSE"] = f"{wish.license.lower()}.txt.j2"
    return dict(sorted(found.items()))


def read_author(text: str) -> Author:
    """Read a name and, in angle brackets, a mail address.

    Raises
    ------
    SpecError
        If it is long, has control characters, or brackets that hold no address.
    """
    written = text.strip()
    if len(written) > LONGEST_AUTHOR or not written.isprintable():
        msg = f"the author must be one line of at most {LONGEST_AUTHOR} printable characters."
        raise SpecError(msg)
    found = AUTHOR.fullmatch(written)
    if found:
        return Author(found["name"].strip(), found["email"])
    if "<" in written or ">" in written:
        msg = f"the author {written!r} is not understood; write 'Name <name@example.org>'."
        raise SpecError(msg)
    return Author(written)


def environment() -> Environment:
    """Set up the templates; they are the project's own, and what they write is no HTML."""
    made = Environment(
        loader=PackageLoader("prunebench.scaffold"),
        autoescape=False,  # TOML, Python, Markdown: strings of others go through `quoted`
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters["quoted"] = quoted
    return made


def quoted(text: str) -> str:
    """Write a printable text as a string of TOML, which takes JSON's."""
    return json.dumps(text, ensure_ascii=False)
