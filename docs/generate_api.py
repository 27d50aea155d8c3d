"""Write api.md, the reference of all names for authors of plugins: ``cog -r docs/api.md``."""

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from generate import marked, table

import prunebench.api
import prunebench.testing
from prunebench.plugin import hookspecs

ROOT = Path(__file__).parents[1]
PLUGINS = ROOT / "plugins"
WIDTH = 96
HEADING = re.compile(r"^([A-Z][\w ]+)\n-{3,}$", re.MULTILINE)
TABLES = {"Parameters": "Parameter", "Attributes": "Attribute"}


def hook_table() -> str:
    """List every hook with what it is for, and who of the shipped plugins implements it."""
    rows = [
        (f"[`{name}`](reference.md#{name})", purpose(name), ", ".join(f"`{u}`" for u in users))
        for name, users in hook_users().items()
    ]
    return table(("Hook", "For", "Shipped plugins that use it"), rows)


def purpose(hook: str) -> str:
    """Give the first line of a hook's docstring."""
    return inspect.cleandoc(getattr(hookspecs, hook).__doc__ or "").partition("\n")[0]


@cache
def hook_users() -> Mapping[str, tuple[str, ...]]:
    """Name the modules that implement each hook, in the order of the specification."""
    found: dict[str, list[str]] = {
        name: [] for name in vars(hookspecs) if name.startswith("prunebench_")
    }
    for file in sorted(PLUGINS.rglob("*.py")):
        for hook in implemented(file.read_text("utf-8")):
            found.setdefault(hook, []).append(
                file.stem if file.stem != "__init__" else file.parent.name
            )
    return {name: tuple(sorted(users)) for name, users in found.items()}


def short(file: Path) -> str:
    """Name a module without its package; a package by itself."""
    return file.parent.name if file.stem == "__init__" else file.stem


def implemented(source: str) -> Iterator[str]:
    """Name the hooks that a module implements: functions and methods marked with `hookimpl`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("prunebench_"):
            marks = [ast.unparse(mark).partition("(")[0] for mark in node.decorator_list]
            if "hookimpl" in marks:
                yield node.name


def names(module: str) -> str:
    """Describe every name of a module for authors, in alphabetical order."""
    owner = {"api": prunebench.api, "testing": prunebench.testing}[module]
    page = "\n".join(section(owner, name) for name in sorted(owner.__all__, key=str.lower))
    return page.replace("]]]", "]] ]").replace("[[[", "[[ [")  # three of them are cog's own marks


def section(owner: ModuleType, name: str) -> str:
    """Describe one name: how it is written, what it means, and what belongs to it."""
    item = inspect.unwrap(getattr(owner, name))
    parts = [f"### `{name}`\n", code(item, name, owner)]
    is_class = isinstance(item, type) and hasattr(item, "__module__")
    if is_class or inspect.isfunction(item):
        parts.append(described(docstring(item)))
    else:
        parts.append(described(assigned(owner, name)[1]))
    if isinstance(item, type):
        parts += [member(name, word, function) for word, function in members(item)]
    return "\n".join(part for part in parts if part.strip())


def code(item: Any, name: str, owner: ModuleType) -> str:
    """Write how a name is called, derived from or what it stands for."""
    if inspect.isfunction(item):
        text = call(f"def {name}", function(item)) + ": ..."
    elif isinstance(item, type) and issubclass(item, Enum):
        text = "\n".join(f"{name}.{one.name} = {one.value!r}" for one in item)
    elif isinstance(item, type):
        text = constructor(item)
    else:
        text = assigned(owner, name)[0]
    return f"```python\n{text}\n```\n"


def constructor(item: type) -> str:
    """Write what a class is made with; or that it is derived from."""
    head = f"class {item.__name__}"
    tree = parsed(item)
    if inspect.isabstract(item) or getattr(item, "_is_protocol", False):
        return f"{head}: ..."
    made = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
    if made:
        return call(head, made[0]).removesuffix(" -> None")
    known = {field.name for field in fields(item) if field.init} if is_dataclass(item) else ()
    if known or (is_dataclass(item) and not list(members(item))):
        bases = [base for base in reversed(item.__mro__) if is_dataclass(base)]
        nodes = [node for base in bases for node in parsed(base).body]
        return wide(head, [ast.unparse(node) for node in nodes if field_name(node) in known])
    return f"{head}: ..."


def field_name(node: ast.stmt) -> str:
    """Name the field that a statement in a class declares; empty for any other statement."""
    is_field = isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    return node.target.id if is_field else ""  # type: ignore[union-attr] # seen above


@cache
def parsed(item: Any) -> Any:
    """Parse the source of a class or function: annotations as they are written."""
    return ast.parse(textwrap.dedent(inspect.getsource(item))).body[0]


def function(item: Any) -> ast.FunctionDef:
    """Parse a function."""
    tree = parsed(inspect.unwrap(item))
    assert isinstance(tree, ast.FunctionDef)
    return tree


def call(head: str, node: ast.FunctionDef) -> str:
    """Write a function's signature: types as its author wrote them, without the receiver."""
    given = node.args
    bare = ast.arguments(**{**vars(given), "args": given.args[receivers(given) :]})
    empty = ast.FunctionDef("f", bare, [ast.Pass()], [], node.returns)
    written = ast.unparse(ast.fix_missing_locations(empty)).rpartition(":\n")[0]
    inside, _, behind = written.removeprefix("def f(").rpartition(")")
    if node.returns is not None and ")" in ast.unparse(node.returns):
        behind = f" -> {ast.unparse(node.returns)}"
        inside = written.removeprefix("def f(").removesuffix(f"){behind}")
    return wide(head, [spaced(part) for part in split(inside)], behind)


def receivers(given: ast.arguments) -> int:
    """Count the parameters that stand for the object itself."""
    return int(bool(given.args) and given.args[0].arg in ("self", "cls"))


def spaced(parameter: str) -> str:
    """Set spaces around the default of a parameter that has a type."""
    return re.sub(r"^(\w+: [^=]*?)=", r"\1 = ", parameter)


def wide(head: str, parts: Sequence[str], behind: str = "") -> str:
    """Write parameters on one line, or where that is too wide one on each."""
    line = f"{head}({', '.join(parts)}){behind}"
    if len(line) <= WIDTH or not parts:
        return line
    return f"{head}(\n" + "".join(f"    {part},\n" for part in parts) + f"){behind}"


def members(item: type) -> Iterator[tuple[str, Any]]:
    """List the public methods and properties that a class itself defines."""
    for name, value in vars(item).items():
        function = getattr(value, "__func__", value)
        is_call = name == "__call__" and getattr(item, "_is_protocol", False)
        if (not name.startswith("_") or is_call) and (
            inspect.isfunction(function) or isinstance(value, property) or hasattr(value, "func")
        ):
            yield name, value


def member(owner: str, name: str, value: Any) -> str:
    """Describe one method or property of a class."""
    if isinstance(value, property) or hasattr(value, "func"):
        text = docstring(value if isinstance(value, property) else value.func)
        return f"#### `{owner}.{name}`\n\n{described(text)}"
    mark = "@classmethod\n" if isinstance(value, classmethod) else ""
    inner = getattr(value, "__func__", value)
    heading = owner if name == "__call__" else f"{owner}.{name}"
    written = call(f"def {name}", function(inner))
    said = described(docstring(inner))
    return f"#### `{heading}()`\n\n```python\n{mark}{written}: ...\n```\n\n{said}"


def split(parameters: str) -> list[str]:
    """Split parameters at the commas that stand in no bracket."""
    found, depth = [""], 0
    if not parameters:
        return []
    for letter in parameters:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [part.strip() for part in found]


@cache
def assigned(owner: ModuleType, name: str) -> tuple[str, str]:
    """Find the statement that gives a name its value, and the string that stands behind it."""
    source = Path(str(owner.__file__)).read_text("utf-8")
    body = ast.parse(source).body
    for place, node in enumerate(body):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if [getattr(target, "id", "") for target in targets] == [name]:
            behind = body[place + 1] if place + 1 < len(body) else None
            is_text = isinstance(behind, ast.Expr) and isinstance(behind.value, ast.Constant)
            said = str(behind.value.value) if is_text else ""  # type: ignore[union-attr] # a text
            value = ast.unparse(node.value)  # type: ignore[attr-defined] # has one
            if "|" in value:  # an alias that is written as a text, since it names itself
                value = value.strip("'")
            return f"{name} = {value}", inspect.cleandoc(said)
        if isinstance(node, ast.ImportFrom) and name in [alias.name for alias in node.names]:
            module = importlib.import_module(str(node.module))
            return assigned(module, name)
    msg = f"nothing in {owner.__name__} is called {name}"
    raise LookupError(msg)


def docstring(item: Any) -> str:
    """Give the docstring of a class or function itself; a dataclass's own signature is none."""
    text = inspect.cleandoc(item.__doc__ or "")
    return "" if text.startswith(f"{getattr(item, '__name__', '')}(") else text


def described(text: str) -> str:
    """Turn a NumPy docstring into Markdown: names into tables, examples into code."""
    first, *rest = HEADING.split(text)
    parts = [f"{prose(first)}\n"] if first.strip() else []
    parts += [part(*pair) for pair in zip(rest[::2], rest[1::2], strict=True)]
    return "\n".join(parts)


def part(title: str, body: str) -> str:
    """Write one section of a docstring."""
    if title in TABLES:
        rows = [(", ".join(f"`{n}`" for n in names), text) for names, text in entries(body)]
        return table((TABLES[title], "Meaning"), rows)
    if title == "Examples":
        return f"```python\n{body.strip()}\n```\n"
    if title in ("Returns", "Yields", "Raises"):
        lines = [f"{', '.join(names)}: {text}" if text else text for names, text in entries(body)]
        return "\n".join(f"- *{title}* {marked(line)}" for line in lines) + "\n"
    return f"*{title}.* {prose(body)}\n"


def entries(body: str) -> list[tuple[list[str], str]]:
    """Read a section of names, each with an indented text below it."""
    found = re.split(r"\n(?=\S)", body.strip("\n"))
    pairs = [entry.partition("\n") for entry in found]
    return [(names.split(", "), " ".join(text.split())) for names, _, text in pairs]


def prose(text: str) -> str:
    """Set a docstring's text as Markdown: paragraphs, and indented blocks as code."""
    blocks = []
    for block in re.split(r"\n{2,}", text.strip("\n")):
        if block.startswith(("    ", ">>> ")):
            blocks.append(f"```python\n{textwrap.dedent(block)}\n```")
        else:
            blocks.append(marked(re.sub(r"::$", ":", block.strip())))
    return "\n\n".join(blocks)
