"""docs/ten-minutes.md: its files are plugins, its commands run, its promises are kept."""

import ast
import re
import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from prunebench.cli import main
from prunebench.plugin.registry import load_registry
from prunebench.results.folder import latest_run, read_rows
from prunebench.testing import check_dataset, check_method, check_model, check_protocol

PAGE = (Path(__file__).parents[1] / "docs" / "ten-minutes.md").read_text("utf-8")
FILES = {
    name: f"# {name}\n{text}"
    for name, text in re.findall(r"^```python\n# (\S+)\n(.*?)^```$", PAGE, re.M | re.S)
}
COMMANDS = re.findall(r"^```console\n\$ prunebench (.*?)\n```$", PAGE, re.M)
CHECKS = {
    "method": check_method,
    "model": check_model,
    "dataset": check_dataset,
    "protocol": check_protocol,
}
OFFERS = {
    "filter_share.py": ("method", "filter-share"),
    "l1_refit.py": ("method", "l1-refit"),
    "two_layers.py": ("model", "two-layers"),
    "parity.py": ("dataset", "parity"),
    "gentle.py": ("protocol", "gentle"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Write the page's files into the working folder; forget their modules afterwards."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in FILES:
        sys.modules.pop(name.removesuffix(".py"), None)


def type_in(command):
    """Run a command of the page in this process."""
    words = shlex.split(command)
    here = ["--workers", "0"] if "run" in words else []
    return CliRunner().invoke(main, [*words, *here], prog_name="prunebench")


def command_with(words):
    """Find the page's one command that has these words in it."""
    [found] = [command for command in COMMANDS if words in command]
    return found


def code_lines(source):
    """Count statements, one line each, without imports and docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        is_documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if is_documented and ast.get_docstring(node) is not None:
            node.body.pop(0)
    body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    return len([line for node in body for line in ast.unparse(node).splitlines() if line.strip()])


def test_every_file_is_known():
    """The page has these five files, and every block of commands has one command."""
    assert set(FILES) == set(OFFERS)
    assert len(COMMANDS) == PAGE.count("```console") == 6


@pytest.mark.parametrize(("name", "lines"), [("filter_share.py", 10), ("l1_refit.py", 30)])
def test_methods_are_as_short_as_promised(name, lines):
    """The headings say how many lines a method takes."""
    word = {10: "ten", 30: "thirty"}[lines]
    heading = PAGE.rpartition(f"# {name}\n")[0].rpartition("\n## ")[2].partition("\n")[0]

    assert heading.endswith(f": {word} lines")
    assert code_lines(FILES[name]) <= lines


def test_no_line_is_too_long():
    """Files keep to the width that the project's own code has."""
    for name, text in FILES.items():
        assert [line for line in text.splitlines() if len(line) > 100] == [], name


@pytest.mark.parametrize("name", OFFERS)
def test_every_file_is_a_plugin_that_conforms(folder, name):
    """It offers what the page says, and every check of its contract holds."""
    kind, public = OFFERS[name]
    registry = load_registry(files=[folder / name])
    offer = registry.find(kind, public)

    assert offer.origin.distribution == name
    assert registry.inventory.failures == ()
    CHECKS[kind](offer.item)


@pytest.mark.slow
@pytest.mark.parametrize("words", ["filter-share,magnitude", "gentle,finetune"])
def test_small_runs_run(folder, words):
    """Every trial they ask for is trained and tested; the weight method keeps a tenth exactly."""
    done = type_in(command_with(words))
    rows = [row for row in read_rows(latest_run(folder / "prunebench-store")) if row.density < 1]

    assert done.exit_code == 0, done.output
    assert {row.status for row in rows} == {"ok"}
    assert len(rows) == (2 if "magnitude" in words else 4)
    if "magnitude" in words:
        assert {round(row.density, 3) for row in rows} == {0.1}


@pytest.mark.slow
def test_the_repair_helps_as_much_as_it_says(folder):
    """Without retraining a repaired network beats its bare twin on every seed; the table is so."""
    done = type_in(command_with("repair=false"))
    assert done.exit_code == 0, done.output
    rows = sorted(read_rows(latest_run(folder / "prunebench-store")), key=lambda row: row.seed)
    methods = ("dense", "l1-refit", "l1-refit[repair=false]")
    accuracy = {m: [row.test_accuracy_last for row in rows if row.method == m] for m in methods}
    means = {method: 100 * sum(values) / 3 for method, values in accuracy.items()}
    told = [float(cell) for cell in re.findall(r"\| (\d\d\.\d) \|$", PAGE, re.M)]

    assert all(a > b for a, b in zip(*list(accuracy.values())[1:], strict=True))
    assert means["l1-refit"] - means["l1-refit[repair=false]"] > 10
    assert told == pytest.approx(list(means.values()), abs=3)  # the last digits are a machine's own


def test_the_model_can_be_asked_about(folder):
    """The doctor traces one group of hidden units."""
    done = type_in(command_with("doctor"))

    assert done.exit_code == 0, done.output
    assert re.search(r"^1 +channel +64 +1 +3$", done.stdout, re.M)


def test_the_project_is_written(folder):
    """The command writes a project under the method's name."""
    done = type_in(command_with("plugin new"))

    assert done.exit_code == 0, done.output
    assert (folder / "prunebench-l1-refit" / "prunebench_l1_refit.py").is_file()


@pytest.mark.slow
def test_the_check_of_the_page_passes(folder):
    """The conformance command accepts the file, and says how many checks held."""
    done = type_in(command_with("plugin test"))

    assert done.exit_code == 0, done.output
