"""Digests of source code: an edit gives another digest; a comment or an API range does not.

What a module imports from its own top-level package counts as its code, so that two plugins that
share a helper module both change with it. The code of `prunebench` is not part of it: stages carry
versions of their own. Helpers in another top-level package are somebody else's and not followed.
"""

import ast
import hashlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, resolve_name
from pathlib import Path

from prunebench.core.digest import KEY_LENGTH

HOST = "prunebench"

RANGE = "prunebench_api"
"""Name under which a plugin declares its API range: no part of the code, so that it can widen."""


@dataclass(frozen=True)
class Reading:
    """A module's code without comments and docstrings, and the names it imports.

    Parameters
    ----------
    code
        As `ast.unparse` writes it.
    imports
        (level, dotted name): level 0 is absolute; ``from a import b`` gives ``a`` and ``a.b``.
    """

    code: str
    imports: tuple[tuple[int, str], ...]


class DropDocstrings(ast.NodeTransformer):
    """Remove every string that stands as a statement, and the API range."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """Drop the statement if it is a string."""
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign | None:
        """Drop the assignment if it is the API range."""
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        return None if names == [RANGE] else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign | None:
        """Drop the assignment if it is the API range."""
        return None if isinstance(node.target, ast.Name) and node.target.id == RANGE else node


@lru_cache(maxsize=256)
def read(source: str) -> Reading:
    """Parse source text."""
    tree = ast.parse(source)
    imports = tuple(sorted(set(imported(tree))))
    return Reading(ast.unparse(DropDocstrings().visit(tree)), imports)


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Walk over what a module imports, inside functions too; attributes count as submodules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            yield node.level, base
            yield from ((node.level, f"{base}.{alias.name}".strip(".")) for alias in node.names)


def source_digest(modules: Iterable[str]) -> str:
    """Hash the code of modules and of all they import from their own top-level packages.

    Parameters
    ----------
    modules
        Names of importable modules.

    Returns
    -------
    str
        The first 32 hexadecimal digits of SHA-256 over names and code in alphabetical order.
    """
    closure: dict[str, str] = {}
    waiting = sorted(set(modules))
    while waiting:
        name = waiting.pop()
        spec = locate(name)
        if name not in closure and spec is not None:
            closure[name], neighbours = code_and_neighbours(spec)
            waiting.extend(neighbours)
    text = "\0".join(f"{name}\0{closure[name]}" for name in sorted(closure))
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


def code_and_neighbours(spec: ModuleSpec) -> tuple[str, list[str]]:
    """Give a module's code, and what it imports from its own top-level package."""
    source = source_text(spec)
    if source is None:
        return binary_digest(spec), []
    reading = read(source)
    package = spec.name if spec.submodule_search_locations is not None else spec.parent
    top = spec.name.partition(".")[0]
    names = (absolute(level, name, package or "") for level, name in reading.imports)
    return reading.code, [n for n in names if top not in {HOST, ""} and n.partition(".")[0] == top]


def absolute(level: int, name: str, package: str) -> str:
    """Turn a relative import into a module name; empty where it leads out of the package."""
    try:
        return resolve_name("." * level + name, package) if level else name
    except ImportError:
        return ""


def locate(name: str) -> ModuleSpec | None:
    """Find a module without running it; None where `name` is not a module."""
    try:
        return sys.modules[name].__spec__ if name in sys.modules else find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None


def source_text(spec: ModuleSpec) -> str | None:
    """Give a module's source text; None for compiled code."""
    get_source = getattr(spec.loader, "get_source", None)
    text = get_source(spec.name) if get_source else None
    return text if isinstance(text, str) else None


def binary_digest(spec: ModuleSpec) -> str:
    """Hash a compiled module's file; empty for one without a file."""
    file = file_of(spec)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""


def file_of(spec: ModuleSpec | None) -> str:
    """Give the file a module was loaded from; empty where there is none."""
    return spec.origin or "" if spec is not None and spec.has_location else ""
