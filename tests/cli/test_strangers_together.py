"""Four plugins that give trouble, installed together, and the command of the README."""

import json
import os
import subprocess
import sys

import pytest

from prunebench.results.folder import latest_run, read_rows

README = ("run", "--methods", "magnitude,l1filter", "--protocols", "ticket,random")
MARK = "import os, pathlib, time\npathlib.Path(os.environ['MARK']).touch()\n"


@pytest.fixture
def four(strangers, method_source, tmp_path, monkeypatch):
    """Install a broken, a colliding, an incompatible and a slow plugin; give a path one touches."""
    mark = tmp_path / "imported"
    monkeypatch.setenv("MARK", str(mark))
    sources = {
        "broken": "import not_there",
        "colliding": method_source("magnitude"),
        "incompatible": 'prunebench_api = ">=2,<3"\nfrom prunebench.api import NotYet',
        "slow": MARK + "time.sleep(0.2)\n" + method_source("slow-one"),
    }
    for name, source in sources.items():
        strangers.install(f"far-{name}", [f"{name} = far_{name}"], {f"far_{name}.py": source})
    return mark


def test_each_has_a_clear_status(prunebench, four):
    """One line each in the table, and the reason below it where something is wrong."""
    lines = prunebench("plugins").stdout.splitlines()
    rows = [line.split() for line in lines[: lines.index("")]]

    assert {row[0]: row[3:] for row in rows if row[1].startswith("far-")} == {
        "broken": ["none", "failed"],
        "colliding": ["none", "collides", "1", "method"],
        "incompatible": [">=2,<3", "incompatible"],
        "slow": ["none", "loaded", "1", "method"],
    }
    assert (
        "broken of far-broken 1.0 failed: ModuleNotFoundError: No module named 'not_there'" in lines
    )
    [collision] = [line for line in lines if line.startswith("method 'magnitude' is offered by")]
    assert "it stays prunebench's own" in collision
    [other] = [line for line in lines if line.startswith("incompatible of far-incompatible 1.0 is")]
    assert other.endswith("; run: pip install --upgrade prunebench.")
    assert (
        "slow of far-slow 1.0 declares no API range; prunebench 2.0 will want one: write "
        'prunebench_api = ">=1.0,<2".' in lines
    )


def test_the_table_fits_a_terminal(prunebench, four):
    """No line of the table is wider than 80 columns."""
    table = prunebench("plugins").stdout.partition("\n\n")[0].splitlines()

    assert [line for line in table if len(line) > 80] == []


def test_machines_see_the_same(prunebench, four):
    """JSON has our version, and of the incompatible one the range, the reason and no traceback."""
    found = json.loads(prunebench("plugins", "--json").stdout)
    facts = {fact["entry_point"]: fact for fact in found["plugins"]}

    assert found["api"] == "1.0"
    assert (facts["incompatible"]["state"], facts["incompatible"]["api"]) == (
        "incompatible",
        ">=2,<3",
    )
    assert facts["incompatible"]["story"] == ""
    assert "leaves out 1.0" in facts["incompatible"]["reason"]
    assert facts["magnitude"]["state"] == "loaded"


def test_the_readmes_command_is_planned(prunebench, four):
    """Trouble of others does not enter a plan; stderr does not speak of it."""
    done = prunebench(*README, "--dry-run", "--json")

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["rows"] == 39
    assert done.stderr == ""


@pytest.mark.slow
def test_the_readmes_command_runs(prunebench, four, tiny, tmp_path):
    """In small, and in a worker process, where the four are installed as well."""
    done = prunebench(*README, tiny, "--workers", 1, "--store", "store")
    rows = read_rows(latest_run(tmp_path / "store"))

    assert done.exit_code == 0, done.output
    assert {row.status for row in rows} == {"ok"}
    assert {(row.method, row.protocol) for row in rows if row.method != "dense"} == {
        (method, protocol)
        for method in ("magnitude", "l1filter")
        for protocol in ("ticket", "random")
    }


@pytest.mark.parametrize(
    ("words", "imports"), [(["--help"], False), (["run", "-h"], False), (["plugins"], True)]
)
def test_help_imports_no_plugin(four, strangers, words, imports):
    """However slow a plugin is, help does not wait for it; that a listing does is the control."""
    path = os.pathsep.join([str(strangers.folder), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "prunebench", *words],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert four.exists() == imports
