"""Projects as strangers make them: built, installed into an environment of their own, run."""

import json
import zipfile

import pytest
from environments import build, share

from prunebench.results.folder import latest_run, read_rows
from prunebench.scaffold.project import Wish, project_files
from prunebench.scaffold.writing import write_project

WISHES = [
    Wish("lamp"),
    Wish("median", channel=True),
    Wish("detour", "model"),
    Wish("stripes", "dataset"),
    Wish("brief", "protocol"),
]
TINY = """
model = "detour[width=4]"
dataset = "stripes"
methods = ["lamp", "median[power=2.0]"]
protocols = ["brief[length=1]", "finetune"]
densities = [0.5]
seeds = 1

[recipe]
preset = "digits"
length = 1
finetune = { length = 1, lr = 0.01 }
"""


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """Write one project of each kind, as version 0.1 does."""
    folder = tmp_path_factory.mktemp("projects")
    for wish in WISHES:
        files = project_files(wish, version="0.1", year=2030)
        write_project(folder / f"prunebench-{wish.name}", files)
    return folder


@pytest.fixture(scope="module")
def wheels(projects):
    """Build every project."""
    made = projects / "wheels"
    return [build(projects / f"prunebench-{wish.name}", made) for wish in WISHES]


@pytest.fixture(scope="module")
def strange(tmp_path_factory, wheels):
    """Install all of them into a fresh environment that shares the heavy packages."""
    environment = share(tmp_path_factory.mktemp("strange") / "env")
    environment.install(*wheels)
    return environment


def test_every_wheel_has_its_module_and_its_entry_point(wheels):
    """The one without the other would be found by nobody; tests are not packed."""
    for wish, wheel in zip(WISHES, wheels, strict=True):
        archive = zipfile.ZipFile(wheel)
        packed = [name for name in archive.namelist() if ".dist-info/" not in name]
        [points] = [name for name in archive.namelist() if name.endswith("/entry_points.txt")]

        assert packed == [f"prunebench_{wish.name}.py"]
        assert archive.read(points).decode() == (
            f"[prunebench]\n{wish.name} = prunebench_{wish.name}\n"
        )


@pytest.mark.slow
def test_every_plugin_is_loaded(strange, tmp_path):
    """`prunebench plugins` lists each with what it offers, from its own site-packages."""
    facts = json.loads(strange.run("prunebench", "plugins", "--json", folder=tmp_path))["plugins"]
    found = {fact["entry_point"]: fact for fact in facts}
    for wish in WISHES:
        fact = found[wish.name]

        assert fact["state"] == "loaded"
        assert fact["offers"] == [f"{wish.kind} {wish.name}"]
        assert (fact["distribution"], fact["version"]) == (f"prunebench-{wish.name}", "0.1.0")
        assert str(strange.folder) in fact["source_file"]


@pytest.mark.slow
def test_the_tests_of_every_project_pass(strange, projects):
    """With warnings as errors, against what is installed."""
    names = [f"prunebench-{wish.name}/tests" for wish in WISHES]
    configuration = projects / "prunebench-lamp" / "pyproject.toml"
    flags = ["-q", "-c", configuration, "-p", "no:cacheprovider", "--import-mode=importlib"]
    said = strange.run("pytest", *flags, *names, folder=projects)

    assert " passed" in said
    assert "failed" not in said


@pytest.mark.slow
def test_all_of_them_run_together(strange, tmp_path):
    """Methods, model, data set and protocol of five strangers give one report."""
    (tmp_path / "tiny.toml").write_text(TINY)
    words = ("prunebench", "run", "tiny.toml", "--workers", 0, "--store", "store")
    strange.run(*words, folder=tmp_path)
    rows = read_rows(latest_run(tmp_path / "store"))

    assert {(row.method_id, row.protocol_id) for row in rows} == {
        ("dense", "dense"),
        ("lamp", "brief"),
        ("lamp", "finetune"),
        ("median", "brief"),
        ("median", "finetune"),
    }
    assert {(row.status, row.model, row.dataset) for row in rows} == {
        ("ok", "detour[width=4]", "stripes")
    }
