"""docs/api.md and what must stand in the docs: every name, every hook with its user, settings."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest
from cogapp import Cog

import prunebench.api
import prunebench.testing
from prunebench.contracts.settings import describe_settings
from prunebench.plugin import hookspecs
from prunebench.plugin.offer import Kind
from prunebench.plugin.registry import load_registry

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")
MODULES = {"prunebench.api": prunebench.api, "prunebench.testing": prunebench.testing}
HOOKS = [name for name in vars(hookspecs) if name.startswith("prunebench_")]


def sections(module):
    """Give what the page says of each name of a module."""
    [part] = re.findall(rf"^## `{re.escape(module)}`\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    found = re.split(r"^### `(\w+)`\n", part, flags=re.M)
    return dict(zip(found[1::2], found[2::2], strict=True))


def prose_of(text):
    """Give a section without its code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S).strip()


def implementers(hook):
    """List the shipped files that have a function of a hook's name marked with `hookimpl`."""
    found = []
    for file in sorted((ROOT / "plugins").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name == hook:
                marks = [ast.unparse(mark) for mark in node.decorator_list]
                found += [file.stem] if any("hookimpl" in mark for mark in marks) else []
    return found


def test_the_page_is_fresh():
    """It is what the code says now."""
    code = Cog().main(["cog", "--check", "-n", "utf-8", str(ROOT / "docs" / "api.md")])

    assert code == 0, "docs/api.md is out of date; run `cog -r -n utf-8 docs/api.md`."


@pytest.mark.parametrize("module", MODULES)
def test_every_name_is_explained(module):
    """Each name that authors may import has a section, with words beside its signature."""
    told = sections(module)

    assert sorted(told) == sorted(MODULES[module].__all__)
    assert [name for name, text in told.items() if len(prose_of(text)) < 10] == []
    assert [name for name, text in told.items() if "```python\n" not in text] == []


def test_every_member_is_explained():
    """So is each method and property of a class."""
    members = re.findall(r"^#### `([\w.]+(?:\(\))?)`\n(.*?)(?=^#|\Z)", PAGE, re.M | re.S)

    assert len(members) > 30
    assert [name for name, text in members if len(prose_of(text)) < 10] == []


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_shipped_user(hook):
    """A hook without one is not there; the page names all of them."""
    users = implementers(hook)
    [row] = re.findall(rf"^\| \[`{hook}`\].*$", PAGE, re.M)

    assert users
    assert [user for user in users if user != "__init__" and f"`{user}`" not in row] == []


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_shipped_setting_is_documented(kind):
    """What can be written in brackets stands in the table of its thing in docs/reference.md."""
    reference = (ROOT / "docs" / "reference.md").read_text("utf-8")
    registry = load_registry()
    offers = [registry.find(kind, name) for name in registry.names(kind)]
    missing = []
    for offer in (offer for offer in offers if offer.origin.distribution == "prunebench"):
        [told] = re.findall(
            rf"^### `{re.escape(offer.name)}`\n(.*?)(?=^##|\Z)", reference, re.M | re.S
        )
        is_data = not isinstance(offer.item, type)
        names = (
            getattr(offer.item, "settings", ())
            if is_data
            else [s.name for s in describe_settings(offer.item)]
        )
        missing += [f"{offer.name}[{name}]" for name in names if f"\n| `{name}` |" not in told]

    assert offers
    assert missing == []
