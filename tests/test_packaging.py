"""What is shipped, and what is found once it is installed."""

import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLUGINS = ROOT / "plugins" / "prunebench_plugins"
ADVICE = "run `pip install -e .` again after changing [project.entry-points.prunebench]"


def modules_with_hooks():
    """List the modules of the built-in plugins that implement a hook."""
    files = (file for file in PLUGINS.glob("*/*.py") if "@hookimpl" in file.read_text())
    return sorted(f"prunebench_plugins.{file.parent.name}.{file.stem}" for file in files)


def test_every_plugin_module_has_one_entry_point():
    """pyproject.toml names every module with a hook once, and nothing else."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = table["project"]["entry-points"]["prunebench"]

    assert sorted(declared.values()) == modules_with_hooks()
    assert list(declared) == sorted(declared)


def test_installed_entry_points_are_the_declared_ones():
    """The metadata of the installation are those of pyproject.toml."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = table["project"]["entry-points"]["prunebench"]
    points = distribution("prunebench").entry_points.select(group="prunebench")

    assert {point.name: point.value for point in points} == declared, ADVICE


def test_every_method_stands_alone():
    """The linter's list of modules that may not know each other holds every method."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (contract,) = (
        c for c in table["tool"]["importlinter"]["contracts"] if c["type"] == "independence"
    )

    methods = [name for name in modules_with_hooks() if ".methods." in name]
    assert contract["modules"] == methods


def is_expected(name):
    """Say whether a file belongs into the wheel."""
    path = Path(name)
    if path.parts[0].endswith(".dist-info"):
        return True
    if path.parts[:2] == ("prunebench", "_benchmarks"):
        return path.suffix in {".toml", ".csv"} or path.name.endswith(".pins.json")
    is_ours = path.parts[0] in {"prunebench", "prunebench_plugins"}
    return is_ours and (
        path.suffix in {".py", ".j2", ".css", ".js", ".svg", ".json", ".toml"}
        or path.name == "py.typed"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("prunebench/cli/group.py", True),
        ("prunebench/report/templates/report.md.j2", True),
        ("prunebench/_benchmarks/smoke.toml", True),
        ("prunebench/_benchmarks/paper/frankle2019.csv", True),
        ("prunebench/_benchmarks/suites/tiny-1.0.pins.json", True),
        ("prunebench/_benchmarks/speed/floor.py", False),
        ("prunebench_plugins/datasets/digits_split.json", True),
        ("prunebench_plugins/templates/pages/neurips-checklist.md.j2", True),
        ("prunebench_plugins/py.typed", True),
        ("prunebench/cli/__pycache__/group.cpython-311.pyc", False),
        ("tests/test_packaging.py", False),
        ("plugins/prunebench_plugins/py.typed", False),
    ],
)
def test_what_belongs_into_the_wheel(name, expected):
    """Code, templates, indices and benchmarks do; caches, tests and scripts do not."""
    assert is_expected(name) == expected


def test_wheel_holds_the_package_and_nothing_else(tmp_path):
    """The built wheel has every module of both packages, the data they read, no stray file."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(tmp_path)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    [wheel] = tmp_path.glob("prunebench-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    sources = [*(ROOT / "prunebench").rglob("*.py"), *(ROOT / "prunebench").rglob("*.j2")]
    wanted = {str(file.relative_to(ROOT)) for file in sources}
    own = [*PLUGINS.rglob("*.py"), *PLUGINS.rglob("*.j2")]
    wanted |= {str(file.relative_to(ROOT / "plugins")) for file in own}
    wanted |= {"prunebench/py.typed", "prunebench_plugins/py.typed"}

    assert [name for name in names if not is_expected(name)] == []
    assert sorted(wanted - set(names)) == []
