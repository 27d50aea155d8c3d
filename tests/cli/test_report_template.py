"""``prunebench report --template`` with templates of plugins: found, refused, left out."""

import json

import pytest

from prunebench.results.folder import write_record, write_results
from prunebench.testing.templates import bare_record, row

PLUGIN = """
from prunebench.api import ReportTemplate, hookimpl

prunebench_api = ">=1.0,<2"


@hookimpl
def prunebench_report_templates():
    return [ReportTemplate({name!r}, "Nobody 2020", "Says what is in it.", texts={texts!r})]
"""


@pytest.fixture
def run(tmp_path):
    """Give the folder of a small run."""
    folder = tmp_path / "run"
    folder.mkdir()
    write_record(folder, bare_record())
    write_results(folder, [row(trial="t", method="magnitude")])
    return folder


@pytest.fixture
def install(strangers):
    """Give a function that installs a plugin with one template."""

    def install(module, name="mine", **texts):
        source = PLUGIN.format(name=name, texts=texts or {"md": "{{ report.title }}"})
        strangers.install(f"dist-{module}", [f"{module} = {module}"], {f"{module}.py": source})

    return install


def test_a_plugins_pages_stand_beside_the_report(prunebench, run, install):
    """They are written, checked, listed and described."""
    install("paged", md="{{ '*' }} {{ report.sections | length }}")
    written = prunebench("report", run, "--template", "mine")
    listed = json.loads(prunebench("list", "templates", "--json").stdout)
    shown = json.loads(prunebench("show", "template", "mine", "--json").stdout)

    assert written.exit_code == 0
    assert (run / "mine.md").read_text() == "\\* 1\n"
    assert str(run / "mine.md") in written.stdout
    assert prunebench("report", run, "--template", "mine", "--check").exit_code == 0
    assert {one["name"]: one["plugin"] for one in listed}["mine"] == "dist-paged 1.0"
    assert (shown["summary"], shown["formats"]) == ("Says what is in it.", ["md"])

    (run / "mine.md").write_text("edited")

    assert prunebench("report", run, "--template", "mine", "--check").exit_code == 1


def test_a_broken_template_names_its_plugin(prunebench, run, install):
    """One sentence with the version and the same command without it; nothing is written."""
    install("paged", md="{{ report.nothing }}")
    result = prunebench("report", run, "--template", "mine")

    assert result.exit_code == 3
    assert result.stderr == (
        "prunebench: the template mine.md.j2: 'prunebench.report.document.Report object' has no "
        "attribute 'nothing' (plugin paged of dist-paged 1.0; the same command without it: "
        f"prunebench --no-plugin paged report {run})\n"
    )
    assert not (run / "report.md").exists()


def test_two_plugins_with_one_name(prunebench, run, install):
    """Neither gets it, and the sentence says how to choose."""
    install("one")
    install("two")
    result = prunebench("report", run, "--template", "mine")

    assert result.exit_code == 3
    assert result.stderr == (
        "prunebench: template 'mine' is offered by one of dist-one 1.0 and by two of dist-two 1.0; "
        "leave one out with --no-plugin NAME.\n"
    )
    assert prunebench("--no-plugin", "two", "report", run, "--template", "mine").exit_code == 0


def test_a_folder_and_a_benchmark_come_first(prunebench, run, install, tmp_path):
    """Whoever asked for them by hand, or reads published names, gets them; it is said."""
    install("paged")
    install("tabled", name="liu2019-l1")
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "mine.md.j2").write_text("from the folder")
    own = prunebench("report", run, "--template", "mine", "--template-dir", folder)
    ours = prunebench("report", run, "--template", "liu2019-l1")

    assert (run / "mine.md").read_text() == "from the folder\n"
    assert own.stderr == (
        "prunebench: the template 'mine' of plugin paged of dist-paged 1.0 is not used, but that "
        f"of {folder}.\n"
    )
    assert not (run / "liu2019-l1.md").exists()
    assert ours.stderr.endswith("is not used, but the benchmark's.\n")


def test_a_name_that_nobody_has(prunebench, run):
    """Folders, benchmarks and plugins are looked through, and the nearest name is told."""
    result = prunebench("report", run, "--template", "neurips-checklists")

    assert result.exit_code == 2
    assert result.stderr == (
        "prunebench: there is no benchmark 'neurips-checklists' whose tables could be used. Nor "
        "does a plugin offer it: unknown template 'neurips-checklists'; did you mean "
        "'neurips-checklist'? Run 'prunebench list templates' to see all 1.\n"
    )
