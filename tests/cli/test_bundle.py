"""``prunebench bundle`` and ``prunebench reproduce``, from a run to a verdict."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from prunebench.bundle.archive import read_bundle, write_bundle
from prunebench.bundle.document import Predictions
from prunebench.bundle.reproduced import read_reproduced
from prunebench.cli import main
from prunebench.cli.bundle import missing_lines, unsigned
from prunebench.experiment.schema import validate
from prunebench.plugin.registry import load_registry
from prunebench.run.executor import InlineExecutor
from prunebench.run.planning import make_plan
from prunebench.run.run import Places, Run
from prunebench.store.store import Store
from prunebench.suite.coverage import Cell, Coverage

TINY = {
    "name": "two networks",
    "model": "smallconv",
    "methods": ["magnitude"],
    "protocols": ["finetune"],
    "densities": [0.5],
    "seeds": 2,
    "recipe": {"preset": "digits", "length": 1, "finetune": {"length": 1}},
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Run once and pack that; gives folder, store, run, bundle, and what packing said."""
    top = tmp_path_factory.mktemp("bundle")
    registry, experiment = load_registry(), validate(TINY, "test")
    places = Places(top / "store", top)
    plan = make_plan(registry, experiment, top, fetch=False)
    run = Run(registry, experiment, plan, places, "prunebench run tiny.toml")
    run.execute(InlineExecutor(registry, Store(places.store)))
    words = ["bundle", "pack", run.folder, "--data-dir", top, "--out", top, "--by", "A. Person"]
    packed = CliRunner().invoke(main, [str(word) for word in words], prog_name="prunebench")
    assert packed.exit_code == 0
    file = Path(packed.stdout.split("\n")[0])
    return SimpleNamespace(top=top, store=places.store, run=run.folder, file=file, said=packed)


@pytest.fixture
def again(prunebench, shared, tmp_path):
    """Give a function that runs trials of a bundle again."""

    def reproduce(file, *words):
        places = ["--data-dir", shared.top, "--out", tmp_path / "records", "--workers", 0]
        return prunebench("reproduce", file, *places, *words)

    return reproduce


def forged(bundle, *, predictions):
    """Give a bundle in which one network is told to be right for three more images."""
    entry = next(e for e in bundle.entries if e.row.method == "magnitude")
    labels, said = bundle.labels["digits"], bundle.predictions[entry.row.trial]
    classes = said.classes.copy()
    wrong = np.flatnonzero(classes != labels)[:3]
    classes[wrong] = labels[wrong]
    points = ("last", "selected", "best")  # nothing is held out: one network is all three
    row = replace(
        entry.row, **{f"test_accuracy_{p}": float(np.mean(classes == labels)) for p in points}
    )
    entries = tuple(replace(e, row=row) if e is entry else e for e in bundle.entries)
    told = Predictions(classes, said.confidence) if predictions else said
    return replace(
        bundle, entries=entries, predictions={**bundle.predictions, entry.row.trial: told}
    ), entry.row.trial


def test_a_run_is_packed_and_told(shared):
    """Path, address, trials and size stand in the output, and how to go on beside it."""
    lines = shared.said.stdout.split("\n")

    assert re.fullmatch(r"own-[0-9a-f]{16}\.zip", shared.file.name)
    address = lines[2].split()[1]
    assert (address[:16], lines[4].split()) == (shared.file.stem[-16:], ["trials", "4"])
    assert "prunebench bundle check" in shared.said.stderr
    assert [path.name for path in shared.top.glob("*.zip")] == [shared.file.name]
    assert not list(shared.top.glob(".pack-*"))
    manifest = read_bundle(shared.file).manifest
    assert (manifest.submitter.name, manifest.title) == ("A. Person", "two networks")


def test_packing_again_gives_the_same_file(prunebench, shared, tmp_path):
    """The latest run of a store is packed by default; its bundle has the same name and bytes."""
    words = ["--store", shared.store, "--data-dir", shared.top, "--by", "A. Person"]

    done = prunebench("bundle", "pack", *words)

    assert done.exit_code == 0
    assert (tmp_path / shared.file.name).read_bytes() == shared.file.read_bytes()


def test_an_honest_bundle_is_accepted(prunebench, shared):
    """The check says so, and gives machines the same facts."""
    said = prunebench("bundle", "check", shared.file)
    facts = json.loads(prunebench("bundle", "check", shared.file, "--json").stdout)

    assert (said.exit_code, "accepted, 4 trials" in said.stdout) == (0, True)
    assert [(one["accepted"], one["trials"], one["findings"]) for one in facts] == [(True, 4, [])]
    assert facts[0]["address"][:16] == shared.file.stem[-16:]


def test_an_edited_score_is_refused_with_the_recomputed_one(prunebench, shared, tmp_path):
    """The finding names file, trial, field, and both values; nothing of it is run again."""
    bundle, trial = forged(read_bundle(shared.file), predictions=False)
    file = write_bundle(bundle, tmp_path)
    rows = {entry.row.trial: entry.row for entry in bundle.entries}
    honest = next(e.row for e in read_bundle(shared.file).entries if e.row.trial == trial)

    said = prunebench("bundle", "check", shared.file, file)
    facts = json.loads(prunebench("bundle", "check", file, "--json").stdout)[0]

    assert said.exit_code == 2
    assert "accepted, 4 trials" in said.stdout
    found = next(f for f in facts["findings"] if f["field"] == "test_accuracy_last")
    assert (found["file"], found["trial"]) == ("trials.jsonl", trial)
    assert float(found["found"]) == pytest.approx(rows[trial].test_accuracy_last, abs=1e-6)
    assert float(found["expected"]) == pytest.approx(honest.test_accuracy_last, abs=1e-6)
    assert re.search(rf"trials\.jsonl +{trial[:12]} +test_accuracy_last", said.stdout)
    assert prunebench("reproduce", file).exit_code == 2


@pytest.mark.slow
def test_what_is_honest_is_reproduced(again, shared, tmp_path):
    """Two sampled trials come out again to the last bit; a record lies where it was asked for."""
    done = again(shared.file, "--sample", 2, "--by", "B. Person")

    assert done.exit_code == 0
    assert "reproduced 2 of 2" in done.stdout
    (record,) = (tmp_path / "records").iterdir()
    found = read_reproduced(record)
    assert record.name.startswith(f"{shared.file.stem[-16:]}-reproduced-")
    assert (found.bundle[:16], found.by) == (shared.file.stem[-16:], "B. Person")
    assert [(trial.how, trial.agrees) for trial in found.trials] == 2 * [("exact", True)]


@pytest.mark.slow
def test_a_consistent_forgery_is_found_by_running_it(prunebench, again, shared, tmp_path):
    """Scores edited together with their predictions pass every check, and do not come out again."""
    bundle, trial = forged(read_bundle(shared.file), predictions=True)
    file = write_bundle(bundle, tmp_path)

    assert prunebench("bundle", "check", file).exit_code == 0
    done = again(file, "--trial", trial[:12], "--json", "--store", tmp_path / "kept")

    assert done.exit_code == 1
    facts = json.loads(done.stdout)
    (found,) = facts["trials"]
    assert (found["trial"], found["how"], found["agrees"]) == (trial, "exact", False)
    assert "another class for 3 of the test images" in found["reason"]
    assert Path(facts["file"]).is_file()
    assert (tmp_path / "kept" / "objects").is_dir()


def test_what_a_suite_lacks_is_listed(prunebench, shared):
    """Cells that were not run are named, and the method is not packed as if it had them."""
    words = ["bundle", "pack", shared.run, "--suite", "tiny@1.0", "--data-dir", shared.top]

    refused = prunebench(*words)
    allowed = prunebench(*words, "--allow-incomplete")

    assert refused.exit_code == 2
    assert "missing: magnitude: smallconv on digits, finetune, 0.5, seeds 2, 3, 4" in refused.stderr
    assert "298 of the 300 trials that tiny@1.0 asks for are missing" in refused.stderr
    assert allowed.exit_code == 0
    assert Path(allowed.stdout.split("\n")[0]).name.startswith("tiny-1.0-")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--methods", "obd"], "no row of the method 'obd'; its methods are: magnitude"),
        (["--suite", "tiny"], "did you mean 'tiny@1.0'?"),
        (["--url", "https://example.org"], "say who with --by"),
        (["--by", "A", "--url", "javascript:alert(1)"], "no http(s) address"),
        (["--weights"], "--keep-weights"),
        (["--store", "nowhere"], "there is no store at nowhere"),
    ],
)
def test_what_cannot_be_packed_is_told(prunebench, shared, tmp_path, words, complaint):
    """One sentence says what is wrong, and no file is left behind."""
    done = prunebench("bundle", "pack", shared.run, "--data-dir", shared.top, *words)

    assert done.exit_code in (1, 2)
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("*.zip"))
    assert not list(tmp_path.glob(".pack-*"))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--trial", "zz"], "no trial of the bundle begins with 'zz'"),
        (["--trial", "a", "--sample", 2], "give one of the two"),
        (["--store", "."], "is not empty"),
    ],
)
def test_what_cannot_be_reproduced_is_told(prunebench, shared, tmp_path, words, complaint):
    """One sentence says why, before anything is trained."""
    (tmp_path / "mine").write_text("something")

    done = prunebench("reproduce", shared.file, *words)

    assert (done.exit_code, complaint in done.stderr) == (2, True)


def test_a_missing_plugin_is_told(prunebench, shared):
    """Without the plugin of a sampled method nothing is run; the sentence says what to install."""
    done = prunebench("--no-plugin", "magnitude", "reproduce", shared.file)

    assert done.exit_code == 3
    assert "reproducing needs method magnitude: " in done.stderr
    assert "pip install prunebench==" in done.stderr


def test_files_that_are_no_bundle_are_refused(prunebench, shared):
    """Each is told with its name; an absent file is none either."""
    done = prunebench("bundle", "check", "nothing.zip", shared.run / "run.json")

    assert done.exit_code == 2
    assert "nothing.zip: refused" in done.stdout
    assert "run.json: refused" in done.stdout
    assert prunebench("reproduce", "nothing.zip").exit_code == 2


def test_a_check_needs_no_torch(shared):
    """A results repository checks what it gets with small packages alone."""
    program = (
        "import sys; from prunebench.cli import main;"
        "main(['bundle', 'check', sys.argv[1]], standalone_mode=False);"
        "print('torch' in sys.modules, 'prunebench_plugins' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(shared.file)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "False False"


def test_cells_that_lack_the_same_seeds_are_one_line():
    """A method that was run on fewer seeds lacks them everywhere; else each cell is told."""
    cells = [Cell("digits", "net", "finetune", d, seed) for d in (0.5, 0.25) for seed in (3, 4)]
    everywhere, somewhere = Coverage("a", 10, tuple(cells)), Coverage("b", 10, tuple(cells[:3]))

    assert missing_lines([everywhere, somewhere], 2) == [
        "a: each of the 2 cells, seeds 3, 4",
        "b: net on digits, finetune, 0.5, seeds 3, 4",
        "b: net on digits, finetune, 0.25, seed 3",
    ]


def test_a_paper_that_is_the_template_s_is_told(prunebench, tmp_path):
    """What `plugin new` writes is recognised, and a citation is not."""
    prunebench("plugin", "new", "lamp")
    [module] = tmp_path.glob("*/prunebench_lamp.py")
    paper = re.search(r'paper = "(.*)"', module.read_text())[1]

    assert unsigned({"method obd": "LeCun et al. 1989", "method lamp": paper}) == [
        f"note: method lamp cites {paper!r}, which is the template's text; name your source there."
    ]
