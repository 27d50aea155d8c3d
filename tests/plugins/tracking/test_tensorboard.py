"""The tracker's files, read back by TensorBoard's own reader."""

import importlib.abc
import json
import sys

import numpy as np
import pytest

from prunebench.api import StageEvent
from prunebench.errors import SpecError
from prunebench.experiment.schema import validate
from prunebench.plugin.registry import load_registry
from prunebench.run.executor import InlineExecutor
from prunebench.run.planning import make_plan
from prunebench.run.run import Places, Run
from prunebench.store.store import Store
from prunebench_plugins.tracking import tensorboard as tracking
from prunebench_plugins.tracking.tensorboard import FOLDER, prunebench_stage_event

TINY = {
    "dataset": "digits",
    "model": "smallconv[width=4]",
    "methods": ["magnitude"],
    "protocols": ["finetune"],
    "densities": [0.5],
    "seeds": 1,
    "recipe": {"preset": "digits", "length": 2, "finetune": {"length": 1}},
}
CURVE = {
    "step": [10, 20],
    "train_loss": [1.5, None],
    "validation_loss": [],
    "validation_accuracy": [],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Ask for event files in a folder."""
    pytest.importorskip("tensorboard")
    monkeypatch.setenv(FOLDER, str(tmp_path / "events"))
    tracking.tracker.cache_clear()
    return tmp_path / "events"


@pytest.fixture
def run_tiny(tmp_path):
    """Give a function that runs two trainings with every installed plugin, as a run does."""

    def run(**changes):
        registry = load_registry()
        experiment = validate(TINY | changes, "test")
        plan = make_plan(registry, experiment, tmp_path, fetch=False)
        places = Places(tmp_path / "store", tmp_path)
        under_way = Run(registry, experiment, plan, places, "prunebench run")
        return under_way.execute(InlineExecutor(registry, Store(places.store)))

    return run


def read(path):
    """Read a run of TensorBoard: scalars by tag as (step, value), texts by tag."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    found = EventAccumulator(str(path), size_guidance={"tensors": 0}).Reload()
    scalars, texts = {}, {}
    for tag in found.Tags()["tensors"]:
        plugin = found.SummaryMetadata(tag).plugin_data.plugin_name
        values = [(e.step, make_ndarray(e.tensor_proto).item()) for e in found.Tensors(tag)]
        (scalars if plugin == "scalars" else texts)[tag] = values
    return scalars, texts


def trainings(folder):
    """List the runs of trainings by the words before their key."""
    return {p.name.rpartition(" ")[0]: p for p in folder.iterdir() if p.name != "stages"}


@pytest.mark.slow
def test_the_curves_of_a_run_are_read_back(folder, run_tiny):
    """Every scalar is the row's own, and a run again, or one that goes on, changes none of them."""
    finished = run_tiny()
    rows = {row.method: row for row in finished.rows}
    runs = trainings(folder)
    expected = {"dense smallconv[width=4] seed 0": "dense"}
    expected["magnitude 0.5 finetune seed 0"] = "magnitude"

    assert set(runs) == set(expected)
    for title, method in expected.items():
        scalars, texts = read(runs[title])
        curve = rows[method].curve

        assert texts == {}
        assert set(scalars) == {"train_loss", "validation_loss", "validation_accuracy"}
        for name, points in scalars.items():
            as_written = [float(np.float32(value)) for value in curve[name]]
            assert points == list(zip(curve["step"], as_written, strict=True))

    seconds, _ = read(folder / "stages")
    counts = {tag: [step for step, _ in points] for tag, points in seconds.items()}
    kinds = finished.record.stages
    assert counts == {f"seconds/{k}": list(range(1, n + 1)) for k, n in kinds.items() if n}
    assert all(value > 0 for points in seconds.values() for _, value in points)

    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    run_tiny()
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before

    run_tiny(densities=[0.5, 0.25])
    assert set(trainings(folder)) == {*runs, "magnitude 0.25 finetune seed 0"}
    assert {p: p.read_bytes() for p in before if p.parent.name != "stages"} == {
        path: content for path, content in before.items() if path.parent.name != "stages"
    }


def test_nothing_is_written_unless_asked_for(tmp_path, monkeypatch):
    """Without the variable there is no file, and tensorboard is not even looked for."""
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.chdir(tmp_path)
    tracking.tracker.cache_clear()
    prunebench_stage_event(finished())

    assert list(tmp_path.iterdir()) == []
    assert tracking.tracker.cache_info().misses == 0


def finished(**changes):
    """Give the end of a training."""
    told = {"what": "finished", "kind": "train", "key": "abcdef0123", "title": "dense net"}
    return StageEvent(**{**told, "seconds": 2.5, "record": {"curve": CURVE}, **changes})


def test_what_is_not_finite_is_left_out(folder):
    """A diverged training has the points before; seconds and failures stand with the stages."""
    prunebench_stage_event(finished())
    prunebench_stage_event(finished(kind="prune", record={"kept": 3}, seconds=0.5))
    prunebench_stage_event(StageEvent("started", "train", "k", "never mind"))
    prunebench_stage_event(StageEvent("failed", "score", "k", "score <b>", message="no memory"))

    assert read(folder / "dense net abcdef01") == ({"train_loss": [(10, 1.5)]}, {})
    scalars, texts = read(folder / "stages")
    assert scalars == {"seconds/train": [(1, 2.5)], "seconds/prune": [(1, 0.5)]}
    assert texts == {"failed/score": [(1, b"    score <b>: no memory")]}


def test_a_title_leads_nowhere_else(folder):
    """Whatever a stranger calls a method, the run lies in the folder and is not hidden."""
    prunebench_stage_event(finished(title="../../x/\0y" + "z" * 300))
    [name] = [path.name for path in folder.iterdir() if path.name != "stages"]

    assert name.startswith("x y")
    assert name.endswith("z abcdef01")
    assert len(name) < 120
    assert sorted(path.name for path in folder.parent.iterdir()) == ["events"]


def test_a_run_that_was_killed_goes_on(folder):
    """What was half written is never taken for a run; another process has files of its own."""
    half = folder / "dense net abcdef01" / "unfinished.1"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half a rec")
    prunebench_stage_event(finished())
    tracking.tracker.cache_clear()  # as in another process
    prunebench_stage_event(finished())

    assert read(folder / "dense net abcdef01")[0] == {"train_loss": [(10, 1.5)]}
    assert len(list((folder / "stages").iterdir())) == 2


class Nowhere(importlib.abc.MetaPathFinder):
    """Finds no tensorboard."""

    def find_spec(self, name, path, target=None):
        """Refuse one package."""
        if name.partition(".")[0] == "tensorboard":
            raise ModuleNotFoundError(name=name)


def test_without_the_extra_it_says_what_to_install(folder, monkeypatch, caplog):
    """In one sentence, once; the run goes on."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Nowhere(), *sys.meta_path])
    with pytest.raises(SpecError) as caught:
        prunebench_stage_event(finished())

    assert "pip install 'prunebench[tracking]', or unset PRUNEBENCH_TENSORBOARD." in str(
        caught.value
    )

    registry = load_registry()
    registry.emit(finished())
    registry.emit(finished())

    assert len(caplog.records) == 1
    assert "hears no more: SpecError: PRUNEBENCH_TENSORBOARD asks for event files" in caplog.text
    assert not folder.exists()


def test_events_of_finished_stages_are_json():
    """They can be sent to another process, record and all."""
    event = finished()

    assert json.loads(json.dumps(vars(event)))["record"]["curve"]["step"] == [10, 20]
