"""One name becomes many: of the distribution, the module, the class."""

import keyword
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from prunebench.errors import SpecError

Kind: TypeAlias = Literal["method", "model", "dataset", "protocol"]
"""What a new plugin offers."""

KINDS: tuple[str, ...] = get_args(Kind)

NAME = re.compile(r"[a-z0-9]+([-_+][a-z0-9]+)*")
"""What a public id looks like; the registry asks for the same."""

LONGEST = 40
"""Characters of a name: it stands in tables, and in names of files."""

OURS = frozenset({"plugins"})
"""Names whose module this distribution has itself."""

IMPORTED = frozenset(
    {
        "Budget",
        "Dataset",
        "DatasetInfo",
        "Granularity",
        "Images",
        "Method",
        "Model",
        "OrderedDict",
        "Path",
        "Preprocessing",
        "Protocol",
        "Scores",
        "Shape",
        "Split",
        "Start",
        "Subject",
        "Tensor",
    }
)
"""What the templates import; a class of such a name would hide it."""


@dataclass(frozen=True)
class Names:
    """What a plugin is called, and where.

    Parameters
    ----------
    public
        What people type: ``geometric-median``.
    distribution
        What pip installs: ``prunebench-geometric-median``.
    module
        What Python imports: ``prunebench_geometric_median``.
    entry_point
        What ``--no-plugin`` and ``plugin test`` take, as they take the distribution.
    owner
        The class: ``GeometricMedian``.
    """

    public: str
    distribution: str
    module: str
    entry_point: str
    owner: str


def names_of(name: str, kind: Kind) -> Names:
    """Derive all names from the public one.

    Raises
    ------
    SpecError
        If it cannot be a public id, or Python keeps it for itself.
    """
    refuse(name)
    words = re.split(r"[-_+]", name)
    owner = "".join(word.capitalize() for word in words)
    if owner in IMPORTED or owner.startswith("Test") or not owner.isidentifier():
        # pytest would collect a class TestTime where the project's tests import it
        owner = f"{kind.capitalize()}{owner}"
    return Names(
        public=name,
        distribution="-".join(["prunebench", *words]),
        module="_".join(["prunebench", *words]),
        entry_point="-".join(words),
        owner=owner,
    )


def refuse(name: str) -> None:
    """Refuse what cannot be a plugin's name.

    Raises
    ------
    SpecError
        With the name, cut where it is long.
    """
    shown = name if len(name) <= LONGEST else f"{name[:LONGEST]}..."
    if len(name) > LONGEST:
        msg = f"the name {shown!r} has {len(name)} characters; take one of at most {LONGEST}."
        raise SpecError(msg)
    if not NAME.fullmatch(name):
        msg = (
            f"{name!r} cannot name a plugin: a name is lower-case letters and digits joined by "
            f"'-', '_' or '+', such as geometric-median."
        )
        raise SpecError(msg)
    if keyword.iskeyword(name) or keyword.iskeyword(name.capitalize()):
        msg = f"{name!r} is a word of Python's own and cannot name a class; take another name."
        raise SpecError(msg)
    if name in OURS:
        msg = f"{name!r} cannot name a plugin: prunebench has a module prunebench_{name} itself."
        raise SpecError(msg)
