"""``prunebench plugin test``: what is checked, what is printed, and the exit codes."""

import json
import os
import subprocess
import sys

import pytest

BAD = '''
import torch
from prunebench.api import Granularity, Method, hookimpl, setting


class Stray(Method):
    """Score at random, from the wrong generator (Nobody 2020)."""

    name = "stray"
    paper = "Nobody 2020"
    granularity = Granularity.WEIGHT
    expected_to_fail = {"ties": "it is drawn"}

    def score(self, subject):
        return {name: torch.rand(weight.shape) for name, weight in subject.weights.items()}


@hookimpl
def prunebench_methods():
    return [Stray]
'''

PROJECT = """
[project]
name = "prunebench-stray"
version = "1.0"

[project.entry-points.prunebench]
stray = "stray_of_a_project"
"""


@pytest.fixture
def forgotten():
    """Forget the modules that a test imported, and their places."""
    known, path = set(sys.modules), list(sys.path)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - known:
        if "stray" in name:
            del sys.modules[name]


def test_a_file_is_checked(prunebench, tmp_path, forgotten):
    """A table of outcomes, each failure in full, and what to do next; exit code 1."""
    (tmp_path / "stray_file.py").write_text(BAD)
    done = prunebench("plugin", "test", "stray_file.py", "-k", "stray-scores")

    assert done.exit_code == 1
    assert "stray  scores_fit     passed" in done.stdout
    assert "stray  scores_repeat  failed" in done.stdout
    assert "stray: scores_repeat failed.\nStray.score must repeat itself (plain" in done.stdout
    assert "2 checks: 1 holds, 1 failed." in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Next: mend the plugin and run one check again")


def test_a_project_need_not_be_installed(prunebench, tmp_path, forgotten):
    """Entry points are read from the pyproject.toml, modules from a src layout."""
    (tmp_path / "mine" / "src").mkdir(parents=True)
    (tmp_path / "mine" / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "mine" / "src" / "stray_of_a_project.py").write_text(BAD)
    done = prunebench("plugin", "test", "./mine", "--json", "-k", "stray-ties")
    facts = json.loads(done.stdout)
    [check] = facts["checks"]

    assert done.exit_code == 0, done.output
    [item] = facts["items"]

    assert (item["entry_point"], item["distribution"]) == ("stray", "prunebench-stray")
    assert item["version"] == "(not installed)"
    assert facts["counts"] == {"passed": 0, "failed": 0, "expected": 1, "skipped": 0}
    assert (check["word"], check["message"]) == ("expected", "it is drawn")


def test_a_project_is_to_be_installed_next(prunebench, tmp_path, forgotten):
    """What holds in place can be named once it is installed, and the last line says so."""
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "stray_of_a_project.py").write_text(BAD)
    done = prunebench("plugin", "test", ".", "-k", "stray-identity")

    assert done.stdout.splitlines()[-1] == (
        "Next: install the project (pip install -e FOLDER), then prunebench run --methods stray"
    )


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("stray_one.py", "prunebench --no-plugin magnitude --plugin {} run --methods magnitude"),
        ("magnitude.py", "rename it, for another plugin offers a method 'magnitude' too."),
    ],
)
def test_a_name_that_is_taken_is_no_next_command(prunebench, tmp_path, forgotten, file, said):
    """The command leaves the other out, unless that would leave out the plugin itself."""
    path = tmp_path / file
    path.write_text(BAD.replace('"stray"', '"magnitude"'))
    done = prunebench("plugin", "test", path, "-k", "scores_fit")
    sys.modules.pop("magnitude", None)

    assert done.stdout.splitlines()[-2:] == ["1 check: 1 holds.", f"Next: {said.format(path)}"]


def test_shipped_items_go_by_name(prunebench):
    """An item's id is enough; all hold, and the next command is a run with it."""
    done = prunebench("plugin", "test", "magnitude", "-k", "magnitude-scores")

    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-2:] == [
        "2 checks: 2 hold.",
        "Next: prunebench run --methods magnitude",
    ]


def test_checks_are_listed_and_not_run(prunebench):
    """The list says what each check claims, for machines too."""
    shown = prunebench("plugin", "test", "ticket", "--list")
    facts = json.loads(prunebench("plugin", "test", "ticket", "--list", "--json").stdout)

    assert "ticket  protocol_runs" in shown.stdout
    assert [fact["check"] for fact in facts] == [
        "identity",
        "fields_are_values",
        "fields_are_meant",
        "protocol_runs",
    ]
    assert all(fact["claim"].startswith("Check that ") for fact in facts)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no plugin is installed besides those that come with prunebench"),
        (("magnitud",), "did you mean 'magnitude'?"),
        (("./nowhere",), "there is no nowhere"),
        (("nowhere.py",), "there is no nowhere.py"),
        (("./empty",), "cannot read"),
        (("./idle",), "declares no plugin"),
        (("magnitude", "-k", "colour"), "has 'colour' in its name"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(prunebench, tmp_path, words, said):
    """Wrong usage ends with exit code 2 and no traceback."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "idle").mkdir()
    (tmp_path / "idle" / "pyproject.toml").write_text('[project]\nname = "idle"\n')
    done = prunebench("plugin", "test", *words)

    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_cannot_be_loaded_is_told(prunebench, tmp_path, forgotten):
    """A plugin that breaks on import ends with exit code 3 and its reason."""
    (tmp_path / "stray_broken.py").write_text("import nobody_has_this\n")
    done = prunebench("plugin", "test", "stray_broken.py")

    assert done.exit_code == 3
    assert "No module named 'nobody_has_this'" in done.stderr


def test_a_project_is_called_as_it_calls_itself(prunebench, tmp_path, forgotten):
    """Messages name the distribution that it will be, and say that it is not installed."""
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "stray_of_a_project.py").write_text("import not_there")
    done = prunebench("plugin", "test", ".")

    assert done.exit_code == 3
    assert "plugin stray of prunebench-stray (not installed) failed: Module" in done.stderr


def test_pytest_collects_strangers(tmp_path):
    """`pytest --pyargs prunebench.testing` checks what is named, without any configuration."""
    (tmp_path / "stray_named.py").write_text(BAD)
    (tmp_path / "empty.ini").write_text("[pytest]\n")
    command = ["-m", "pytest", "-c", "empty.ini", "--pyargs", "prunebench.testing", "-q", "-rfx"]
    done = subprocess.run(
        [sys.executable, *command, "-k", "scores or floor", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**os.environ, "PRUNEBENCH_PLUGINS": "stray_named.py"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED" in done.stdout
    assert "test_conformance[stray-scores_repeat]" in done.stdout
    assert "1 failed, 1 passed, 2 skipped" in done.stdout
