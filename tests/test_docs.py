"""The documentation says what is so: its examples run, its tables are fresh, nothing is missing."""

import ast
import importlib
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import pytest
from cogapp import Cog

from prunebench.api import Method, Metric, Regularizer, StageEvent, Subject, Tested
from prunebench.cli import main
from prunebench.experiment.recipe import preset_names
from prunebench.experiment.schema import ExperimentFile, benchmark_names, validate
from prunebench.plugin import hookspecs
from prunebench.plugin.registry import load_registry
from prunebench.results.measurement import COLUMNS
from prunebench.run.executor import InlineExecutor
from prunebench.run.planning import make_plan
from prunebench.run.run import Places, Run
from prunebench.run.stages.train import same_compute
from prunebench.store.store import Store
from prunebench.testing import check_method
from prunebench.training.recipe import milestone_at

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(\w+)\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TINY = {
    "dataset": "stripes",
    "methods": ["lamp", "geometric-median[distance=cosine]", "group-lasso"],
    "protocols": ["random-b"],
    "densities": [0.6],
    "seeds": 1,
    "metrics": ["worst-class"],
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


def code_lines(source):
    """Count statements, one line each, without imports and docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        is_documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if is_documented and ast.get_docstring(node) is not None:
            node.body.pop(0)
    body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    return len([line for node in body for line in ast.unparse(node).splitlines() if line.strip()])


def test_methods_are_as_short_as_promised(mine):
    """A weight method takes ten lines, and so does a metric; a channel method thirty."""
    assert code_lines(readme_plugin()) <= 10
    assert code_lines(mine["worst_class.py"]) <= 10
    assert code_lines(mine["geometric_median.py"]) <= 30


def readme_plugin():
    """Give the source of the README's plugin."""
    text = (ROOT / "README.md").read_text("utf-8")
    [source] = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return source


def test_the_plugin_of_the_readme_conforms(strangers):
    """It is a module that can be installed, and its method passes every check."""
    strangers.install(
        "prunebench-readme", ["mine = readme_mine"], {"readme_mine.py": readme_plugin()}
    )
    found = load_registry().method("my-magnitude")

    assert found.origin.distribution == "prunebench-readme"
    check_method(found.item)


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

    own = {"detour", "stripes", "random-b", "worst-class", "seed-list"}
    names = {"lamp", "geometric-median", "group-lasso", *own}
    assert subjects == names
    for check in checks:
        test(check)


def test_example_plugins_run(mine, tmp_path):
    """All methods prune the example model on the example data under the example protocol."""
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
    assert rows["group-lasso"].density <= 0.6
    assert rows["dense"].epochs == 2
    lamp = rows["lamp"]
    budget = same_compute(2, lamp.macs_dense, lamp.macs_sparse, lamp.budget_cap)
    assert lamp.epochs == budget > 2
    assert {row.regularized_by for row in finished.rows} == {"", "group-lasso"}
    # two classes of 32 images each: the worse is at most as good as the mean
    worst = [row.metrics["worst-class"] for row in finished.rows]
    assert all(32 * value == int(32 * value) for value in worst)
    assert all(v <= r.test_accuracy_last for v, r in zip(worst, finished.rows, strict=True))


def test_example_observer_hears(mine, capsys):
    """The example observer tells of failures and of nothing else."""
    emit = load_registry().emit
    emit(StageEvent("finished", "train", "0", "dense net"))
    emit(StageEvent("failed", "train", "0", "dense net", message="no memory"))

    assert capsys.readouterr().err == "dense net: no memory\n"


@pytest.mark.parametrize("page", ["reference.md", "methods.md"])
def test_generated_pages_are_fresh(page):
    """The generated parts are what the code says now."""
    code = Cog().main(["cog", "--check", "-n", "utf-8", str(DOCS / page)])

    assert code == 0, f"docs/{page} is out of date; run `cog -r docs/{page}`."


def test_every_method_has_its_section(registry):
    """docs/methods.md tells of each shipped method, with the settings of that one."""
    page = (DOCS / "methods.md").read_text("utf-8")
    offers = [registry.method(name) for name in registry.names("method")]
    names = {offer.name for offer in offers if offer.origin.distribution == "prunebench"}
    sections = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    told = {part.partition("\n")[0].strip("`"): part for part in sections}

    assert names <= set(told)
    assert [name for name in names if f'generate_methods.method("{name}")' not in told[name]] == []


def test_every_term_of_the_contracts_is_explained():
    """The page for authors names what they may override, and what a method is shown."""
    page = (DOCS / "plugins.md").read_text("utf-8")
    parts = [name for owner in (Method, Regularizer, Metric) for name in public(owner)]
    shown = [field.name for owner in (Subject, Tested) for field in fields(owner)]
    given = {"name", "paper", "granularity", "floor"}  # stand in every example, or follow

    unsaid = [n for n in {*parts, *shown} - given if not re.search(rf"\b{n}\b", page)]
    assert unsaid == []


def public(owner):
    """List what a contract offers."""
    return [name for name in (*vars(owner), *owner.__annotations__) if not name.startswith("_")]


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


@pytest.mark.parametrize("kind", ["method", "model", "dataset", "protocol", "metric", "template"])
def test_every_shipped_name_is_documented(kind, prose, registry):
    """Everything that this distribution offers by name has a heading."""
    offers = [registry.find(kind, name) for name in registry.names(kind)]
    names = [offer.name for offer in offers if offer.origin.distribution == "prunebench"]

    assert names
    assert [name for name in names if f"\n### `{name}`\n" not in prose] == []


def test_the_readme_names_every_method_and_protocol(registry):
    """Nothing that can be compared is missing from its table."""
    text = (ROOT / "README.md").read_text("utf-8")
    for kind in ("method", "protocol"):
        offers = [registry.find(kind, name) for name in registry.names(kind)]
        names = [offer.name for offer in offers if offer.origin.distribution == "prunebench"]

        assert [name for name in names if f"`{name}`" not in text] == []


def test_the_experiment_of_the_readme_is_one():
    """Its TOML is valid."""
    text = (ROOT / "README.md").read_text("utf-8")
    [written] = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)

    assert len(validate(tomllib.loads(written), "README.md").methods) == 2


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


def anchors(page):
    """List the anchors of a page's headings, as GitHub writes them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda p: p.name
)
def test_links_lead_somewhere(page):
    """Every relative link of a page names a file that is there, and a heading in it."""
    links = re.findall(r"\]\(([^)\s:]+)\)", page.read_text("utf-8"))
    pairs = [link.partition("#")[::2] for link in links]
    files = [(page.parent / name if name else page, anchor) for name, anchor in pairs]

    assert [str(file) for file, _ in files if not file.exists()] == []
    assert [anchor for file, anchor in files if anchor and anchor not in anchors(file)] == []
