"""The documentation says what is so: its examples run, its tables are fresh, nothing is missing."""

import importlib
import re
import tomllib
from pathlib import Path

import click
import pytest
from cogapp import Cog

from prunebench.api import StageEvent
from prunebench.cli import main
from prunebench.experiment.recipe import preset_names
from prunebench.experiment.schema import ExperimentFile, benchmark_names, validate
from prunebench.plugin import hookspecs
from prunebench.plugin.registry import load_registry
from prunebench.results.measurement import COLUMNS
from prunebench.run.executor import InlineExecutor
from prunebench.run.run import Places, Run, make_plan
from prunebench.run.stages.train import same_compute
from prunebench.store.store import Store
from prunebench.training.recipe import milestone_at

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(\w+)\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TINY = {
    "dataset": "stripes",
    "methods": ["lamp", "geometric-median[distance=cosine]"],
    "protocols": ["lr-rewinding"],
    "densities": [0.6],
    "seeds": 1,
    "recipe": {"preset": "digits", "length": 2},
}


@pytest.fixture(scope="session")
def prose():
    """Give all pages as one text."""
    return "\n".join(page.read_text("utf-8") for page in sorted(DOCS.glob("*.md")))


@pytest.fixture(scope="session")
def registry():
    """Every installed plugin."""
    return load_registry()


@pytest.fixture
def mine(strangers):
    """Install the distribution that docs/plugins.md writes."""
    blocks = BLOCK.findall((DOCS / "plugins.md").read_text("utf-8"))
    files = {name: f"# {name}\n{text}" for _, name, text in blocks}
    project = tomllib.loads(files.pop("pyproject.toml"))["project"]
    table = project["entry-points"]["prunebench"]
    points = [f"{name} = {target}" for name, target in table.items()]
    strangers.install(project["name"], points, files, project["version"])
    return files


def commands(command, path=()):
    """Walk over a command and all below it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from commands(command.get_command(context, name), (*path, name))


def test_every_example_plugin_is_loaded(mine):
    """Each file of the page but the test is an entry point that loads."""
    inventory = load_registry().inventory
    loaded = {plugin.origin.target for plugin in inventory.plugins}

    assert inventory.failures == ()
    assert {name.removesuffix(".py") for name in mine} - loaded == {"test_mine"}


def test_example_plugins_conform(mine):
    """The page's own test function passes with every check."""
    test = importlib.import_module("test_mine").test_conformance
    [mark] = test.pytestmark
    checks = [case.values[0] for case in mark.args[1]]
    subjects = {case.id.rpartition("-")[0] for case in mark.args[1]}

    assert subjects == {"lamp", "geometric-median", "detour", "stripes", "lr-rewinding"}
    for check in checks:
        test(check)


def test_example_plugins_run(mine, tmp_path):
    """Both methods prune the example model on the example data under the example protocol."""
    found = load_registry()
    experiment = validate(TINY, "test")
    plan = make_plan(found, experiment, tmp_path, fetch=True)
    places = Places(tmp_path / "store", tmp_path)
    finished = Run(found, experiment, plan, places, "prunebench run").execute(
        InlineExecutor(found, Store(places.store))
    )
    rows = {row.method: row for row in finished.rows}

    assert plan.skipped == ()
    assert {row.status for row in rows.values()} == {"ok"}
    assert rows["lamp"].density == pytest.approx(0.6, abs=0.01)
    assert rows["geometric-median[distance=cosine]"].density <= 0.6
    assert rows["geometric-median[distance=cosine]"].realised
    assert rows["lamp"].epochs == rows["dense"].epochs == 2


def test_example_observer_hears(mine, capsys):
    """The example observer tells of failures and of nothing else."""
    emit = load_registry().emit
    emit(StageEvent("finished", "train", "0", "dense net"))
    emit(StageEvent("failed", "train", "0", "dense net", message="no memory"))

    assert capsys.readouterr().err == "dense net: no memory\n"


def test_reference_is_fresh():
    """The generated page is what the code says now."""
    code = Cog().main(["cog", "--check", "-n", "utf-8", str(DOCS / "reference.md")])

    assert code == 0, "docs/reference.md is out of date; run `cog -r docs/reference.md`."


def section(prose, title):
    """Give the text under a third-level heading that begins with a title."""
    found = re.search(rf"^### `{title}[ `].*?(?=^##|\Z)", prose, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def test_every_command_and_option_is_documented(prose):
    """Each command has a section, with its arguments and options in it."""
    for path, command in commands(main):
        told = section(prose, " ".join(["prunebench", *path]))
        options = [p for p in command.params if isinstance(p, click.Option)]
        arguments = [p.human_readable_name for p in command.params if p not in options]

        assert told
        assert [flag for option in options for flag in option.opts if f"`{flag}" not in told] == []
        assert [name for name in arguments if name not in told] == []


@pytest.mark.parametrize("kind", ["method", "model", "dataset", "protocol"])
def test_every_shipped_name_is_documented(kind, prose, registry):
    """Each method, model, data set and protocol of this distribution has a heading."""
    offers = [registry.find(kind, name) for name in registry.names(kind)]
    names = [offer.name for offer in offers if offer.origin.distribution == "prunebench"]

    assert names
    assert [name for name in names if f"\n### `{name}`\n" not in prose] == []


def test_every_other_name_is_documented(prose):
    """So do presets, benchmarks, hooks, TOML keys and columns stand in the docs."""
    hooks = [name for name in vars(hookspecs) if name.startswith("prunebench_")]
    names = [*hooks, *preset_names(), *benchmark_names(), *ExperimentFile.model_fields, *COLUMNS]

    assert [name for name in names if f"`{name}`" not in prose] == []


def test_published_budgets_follow_from_the_rule(prose):
    """The table of Scratch-B lengths holds what the code computes from its multiply-adds."""
    row = r"^\| [\w-]+ \| ([\d ]+) \| ([\d ]+) \| (\d+) \| (\d+), (\d+) \|$"
    found = [
        tuple(int(number.replace(" ", "")) for number in numbers)
        for numbers in re.findall(row, prose, re.MULTILINE)
    ]

    assert [epochs for _, _, epochs, _, _ in found] == [243, 178, 220, 190, 260]
    for dense, kept, epochs, *marks in found:
        assert same_compute(160, dense, kept, None) == epochs
        assert [milestone_at(fraction, epochs) for fraction in (0.5, 0.75)] == marks


def test_the_walk_counts_right(registry, tmp_path, prose):
    """The trials and trainings that docs/architecture.md counts are those of the plan."""
    asked = {"methods": ["magnitude", "l1filter"], "protocols": ["ticket", "random"]}
    plan = make_plan(registry, validate(asked, "test"), tmp_path, fetch=False)
    trials = [trial for trial in plan.trials if trial.prunes]

    assert f"that {len(trials)} trials" in prose
    assert f"Of {plan.trainings_naive} trainings" in prose
    assert f"{plan.trainings} remain" in prose


def test_links_lead_somewhere():
    """Every relative link of a page names a file that is there."""
    for page in DOCS.glob("*.md"):
        targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))

        assert [target for target in targets if not (page.parent / target).exists()] == []
