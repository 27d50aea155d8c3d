import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from prunebench.api import API_VERSION
from prunebench.errors import SpecError
from prunebench.scaffold.names import IMPORTED
from prunebench.scaffold.project import (
    API,
    LICENSES,
    TORCH,
    Author,
    Wish,
    project_files,
    quoted,
    read_author,
)

ROOT = Path(__file__).parents[2]
WISHES = [
    Wish("lamp"),
    Wish("lamp", channel=True),
    Wish("lamp", "model"),
    Wish("lamp", "dataset"),
    Wish("lamp", "protocol"),
]
every_kind = pytest.mark.parametrize("wish", WISHES, ids=["method", "channel", *"mdp"])


def written(wish):
    """Write a project as version 0.1.0 does in 2030."""
    return project_files(wish, version="0.1.0", year=2030)


@every_kind
def test_the_entry_point_names_the_module(wish):
    """pyproject.toml points at the one module there is, which is also what is packed."""
    files = written(wish)
    project = tomllib.loads(files["pyproject.toml"])
    modules = [name for name in files if name.endswith(".py") and "/" not in name]

    assert modules == ["prunebench_lamp.py"]
    assert project["project"]["entry-points"] == {"prunebench": {"lamp": "prunebench_lamp"}}
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"] == modules
    assert project["project"]["dependencies"] == ["prunebench>=0.1.0"]
    assert project["tool"]["pytest"]["ini_options"]["filterwarnings"] == ["error"]


@every_kind
def test_a_module_has_one_hook_and_its_range_of_versions(wish):
    """The hook is that of the kind, and `prunebench_api` is declared."""
    tree = ast.parse(written(wish)["prunebench_lamp.py"])
    hooks = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    [api] = [node.value.value for node in tree.body if isinstance(node, ast.Assign)]

    assert hooks == [f"prunebench_{wish.kind}s"]
    assert api == API
    assert API_VERSION in SpecifierSet(api)


@every_kind
def test_a_module_is_short(wish):
    """At most thirty lines, without imports, comments and docstrings."""
    tree = ast.parse(written(wish)["prunebench_lamp.py"])
    for node in ast.walk(tree):
        is_documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if is_documented and ast.get_docstring(node) is not None:
            node.body.pop(0)
    body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    lines = [line for node in body for line in ast.unparse(node).splitlines() if line]

    assert 3 < len(lines) <= 30


@every_kind
def test_a_class_hides_no_import(wish):
    """Whatever the templates import with a capital letter is kept free of classes."""
    tree = ast.parse(written(wish)["prunebench_lamp.py"])
    imported = {
        alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }

    assert {name for name in imported if name[0].isupper()} <= IMPORTED


@every_kind
def test_tests_import_one_line_of_the_suite(wish):
    """What an author needs to know of prunebench.testing is one line."""
    text = written(wish)["tests/test_prunebench_lamp.py"]

    assert len(re.findall(r"^from prunebench\.testing import ", text, re.MULTILINE)) == 1
    assert "parametrize_with_checks" in text


@every_kind
def test_nothing_is_left_of_the_templates(wish):
    """No marker of the templates, no blank at a line's end; every file ends with one newline."""
    for name, text in written(wish).items():
        assert "{%" not in text, name
        assert "{{" not in text.replace("${{ matrix.", ""), name
        assert re.search(r"[ \t]$|\n\n\n\n", text, re.MULTILINE) is None, name
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name


@every_kind
@pytest.mark.skipif(importlib.util.find_spec("ruff") is None, reason="ruff is not installed")
def test_a_project_is_clean(wish, tmp_path):
    """Linting finds nothing, with more rules than it configures, and formatting changes nothing."""
    for name, text in written(wish).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    flags = ["--no-cache", "--select", "B,E,F,I,N,PT,SIM,UP,W,RUF", "--quiet"]
    for command in (["check", *flags], ["format", "--check", "--no-cache", "--quiet"]):
        said = subprocess.run(
            [*ruff, *command, "."], cwd=tmp_path, capture_output=True, text=True, check=False
        )

        assert (said.returncode, said.stdout) == (0, "")


def test_only_methods_are_told_of_leaderboards():
    """A board ranks methods; what else a plugin offers is no part of a suite."""
    told = [wish.kind for wish in WISHES if "bundle pack" in written(wish)["README.md"]]

    assert told == ["method", "method"]


def test_torch_is_the_lowest_and_the_newest_that_is_allowed():
    """The workflow's two versions lie within the bounds of prunebench; the next ones do not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    bounds = {r.name: r.specifier for r in map(Requirement, project["dependencies"])}
    _, *versions = zip(*TORCH, strict=True)
    for name, ends in zip(("torch", "torchvision"), versions, strict=True):
        (major, low), (_, high) = (map(int, version.split(".")) for version in ends)

        assert f"{major}.{low}.0" in bounds[name]
        assert f"{major}.{low - 1}.9" not in bounds[name]
        assert f"{major}.{high}.9" in bounds[name]
        assert f"{major}.{high + 1}.0" not in bounds[name]
    workflow = written(WISHES[0])[".github/workflows/tests.yml"]

    assert workflow.count("torchvision: ") == len(TORCH)


@pytest.mark.parametrize("license", LICENSES)
def test_a_license_is_declared_and_there(license):
    """The text stands beside its identifier, with year and holder; without one there is neither."""
    files = written(Wish("lamp", author="Ada Lovelace", license=license))
    project = tomllib.loads(files["pyproject.toml"])["project"]
    if license == "none":
        assert "LICENSE" not in files
        assert not {"license", "license-files"} & set(project)
    else:
        assert project["license"] == license
        assert re.search(r"Copyright \(c\) 2030,? Ada Lovelace", files["LICENSE"])


@given(st.text(st.characters(exclude_categories=["C"], exclude_characters="<>"), max_size=60))
def test_any_printable_author_comes_back(name):
    """Quotes, backslashes and brackets are escaped in TOML."""
    if not name.strip().isprintable():
        with pytest.raises(SpecError, match="printable"):
            read_author(name)
        return
    author = read_author(name)

    assert author == Author(name.strip())
    assert tomllib.loads(f"name = {quoted(author.name)}") == {"name": author.name}


def test_an_author_may_have_an_address():
    """It is told apart from the name, and both are declared."""
    text = written(Wish("lamp", author="Ada Lovelace <ada@example.org>"))["pyproject.toml"]

    assert read_author("Ada <a@b.c>") == Author("Ada", "a@b.c")
    assert tomllib.loads(text)["project"]["authors"] == [
        {"name": "Ada Lovelace", "email": "ada@example.org"}
    ]


@pytest.mark.parametrize(
    "author", ["a\nb", "\x1b[31m", "a" * 101, "Ada <ada>", "<a@b.c>", "a\u202eb"]
)
def test_a_strange_author_is_refused(author):
    """Control characters, long names and half an address end with one sentence."""
    with pytest.raises(SpecError, match="the author"):
        project_files(Wish("lamp", author=author), version="0.1.0", year=2030)


def test_a_local_version_bounds_nothing():
    """What follows a plus sign is known to one machine only."""
    files = project_files(Wish("lamp"), version="0.2.0+g12ab", year=2030)
    project = tomllib.loads(files["pyproject.toml"])["project"]

    assert project["dependencies"] == ["prunebench>=0.2.0"]
