"""A plugin that is one Python file: ``prunebench --plugin FILE``."""

import json
import re
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from prunebench.errors import PluginLoadError
from prunebench.plugin.registry import load_registry
from prunebench.results.folder import latest_run, read_rows

PAGE = Path(__file__).parents[2] / "docs" / "own-networks.md"
OWN = re.search(r"^```python\n(# own_net\.py\n.*?)^```$", PAGE.read_text(), re.M | re.S)[1]
ASKED = ("--dataset", "own-data", "--methods", "l1filter", "--protocols", "none", "--seeds", 1)

NAMESAKE = """
from prunebench.api import Granularity, Method, hookimpl


class Mine(Method):
    name = "magnitude"
    paper = "Nobody 2020"
    granularity = Granularity.WEIGHT

    def score(self, subject):
        return {name: weight.abs() for name, weight in subject.weights.items()}


@hookimpl
def prunebench_methods():
    return [Mine]
"""


@pytest.fixture
def own_net(tmp_path):
    """Write the page's example; forget the module afterwards."""
    path = tmp_path / "own_net.py"
    path.write_text(OWN)
    yield path
    sys.modules.pop("own_net", None)


def test_a_file_offers_what_a_plugin_offers(own_net):
    """Its things have names, its source a digest, and the file stands for the distribution."""
    registry = load_registry(files=[own_net])
    offer = registry.model("own-net")

    assert registry.dataset("own-data").item.model == "own-net"
    assert offer.source.file == str(own_net)
    assert offer.origin.distribution == "own_net.py"
    assert registry.inventory.files == (own_net,)
    assert "own-net" not in load_registry().names("model")


def test_code_changes_the_digest_and_comments_do_not(own_net):
    """The file enters keys as any plugin's source does."""

    def digest(text):
        sys.modules.pop("own_net", None)
        own_net.write_text(text)
        return load_registry(files=[own_net]).model("own-net").source.digest

    whole = digest(OWN)

    assert digest(f"# a remark\n{OWN}") == whole
    assert digest(OWN.replace("setting(6,", "setting(7,")) != whole


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "advice"),
    [
        ("lamplight.py", "rename it, or leave the other out with --no-plugin magnitude."),
        ("magnitude.py", "rename it."),
    ],
)
def test_a_name_that_prunebench_keeps_is_told_by_every_command(prunebench, tmp_path, file, advice):
    """A file that offers it is loaded, and one line says that its offer is never run."""
    path = tmp_path / file
    path.write_text(NAMESAKE)
    done = prunebench("--plugin", path, "show", "method", "magnitude")
    del sys.modules[path.stem]

    assert done.exit_code == 0, done.output
    assert done.stderr.splitlines() == [
        f"prunebench: warning: {file} offers method 'magnitude', which prunebench's own keeps; "
        f"{advice}"
    ]


@pytest.mark.parametrize("workers", [0, 1])
def test_a_file_runs_and_is_exported(prunebench, own_net, tmp_path, workers):
    """Workers load the file too; an export takes it along, beside the weights."""
    where = ("--workers", workers, "--store", "store")
    run = prunebench("--plugin", "own_net.py", "run", *ASKED, *where)
    assert run.exit_code == 0, run.output
    rows = {row.method_id: row for row in read_rows(latest_run(tmp_path / "store"))}
    words = ("export", rows["l1filter"].trial, "-o", "out", *where)
    done = prunebench("--plugin", "own_net.py", *words)
    unknown = prunebench(*words)
    facts = json.loads((tmp_path / "out" / "model.json").read_text())

    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "own_net.py").read_text() == OWN
    assert facts["model"]["module"] == "own_net"
    assert len(load_file(tmp_path / "out" / "model.safetensors")["0.0.weight"]) < 6
    assert unknown.exit_code == 2
    assert "own-" in unknown.stderr


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("half.py", "def", "cannot be used as a plugin: SyntaxError"),
        ("hookless.py", "x = 1", "has no hook"),
        ("json.py", OWN, "another module is called 'json'"),
        ("own-net.py", OWN, "letters, digits and underscores"),
        ("own_net.txt", OWN, "a plugin file is called NAME.py"),
    ],
)
def test_a_file_that_is_no_plugin_is_refused(tmp_path, name, text, reason):
    """A file that a person names must load, or the reason ends the command."""
    path = tmp_path / name
    path.write_text(text)

    with pytest.raises(PluginLoadError, match=reason):
        load_registry(files=[path])
    if name != "json.py":  # that one is Python's own
        sys.modules.pop(path.stem, None)


def test_an_absent_file_is_an_error_of_usage(prunebench):
    """The command line says which file is not there."""
    done = prunebench("--plugin", "nowhere.py", "list", "models")

    assert done.exit_code == 2
    assert "nowhere.py" in done.stderr
