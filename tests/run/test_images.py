"""Data sets in a process: decoded once for all, held out once, changed by no one."""

import ast
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from prunebench.errors import DataError
from prunebench.run import images
from prunebench.run.bench import Bench
from prunebench.run.images import device_of, image_key, moved
from prunebench.run.task import task_of
from prunebench.store.contents import DATA
from prunebench.store.store import Store
from prunebench.training.batches import hold_out

ASKED = {"methods": ["magnitude"], "protocols": ["finetune"], "model": "smallconv[width=4]"}


@pytest.fixture
def photos(tmp_path):
    """Write sixty grey images of two classes, forty to train on; all differ."""
    for split, count in (("train", 20), ("test", 10)):
        for category in ("cat", "dog"):
            folder = tmp_path / "photos" / split / category
            folder.mkdir(parents=True)
            for number in range(count):
                image = Image.new("L", (8, 8), 8 * number)
                image.putpixel((0, 0), 200 if category == "cat" else 100)
                image.save(folder / f"{number:02}.png")
    return tmp_path / "photos"


@pytest.fixture
def task(plan_of, photos):
    """Give a function that makes the first training's task, and those of other seeds."""
    recipe = {"preset": "digits", "length": 2, "validation": 10, "finetune": {"length": 1}}
    dataset = [f"imagefolder[path={photos},grey=true]"]
    plan = plan_of(dataset=dataset, recipe=recipe, seeds=3, **ASKED)

    def make(seed=0):
        stages = plan.stages.values()
        return next(task_of(s) for s in stages if s.kind == "train" and s.spec["seed"] == seed)

    return make


@pytest.fixture
def bench(registry, tmp_path):
    """Give a function that makes the bench of one process on the store."""
    return lambda: Bench(registry, Store(tmp_path / "store"))


def test_a_second_process_decodes_nothing(bench, task, photos):
    """With the images gone from disk, another process still has them, the same bits."""
    info, first = bench().data(task())
    for path in photos.rglob("*.png"):
        path.unlink()
    again_info, again = bench().data(task())

    assert (info.train, info.test) == (40, 20)
    assert again_info == info
    assert torch.equal(first.train.images, again.train.images)
    assert torch.equal(first.test.labels, again.test.labels)


def test_a_data_set_is_read_once(bench, task):
    """One process gets the same tensors for every stage."""
    here = bench()

    assert here.data(task(0))[1] is here.data(task(1))[1]


def test_the_same_images_elsewhere_are_the_same_file(bench, task, photos, tmp_path):
    """The file is named for content and decoders; where the images lie does not matter."""
    moved_task = replace(task(), place={**task().place, "data_dir": str(tmp_path / "other")})
    bench().data(task())
    bench().data(moved_task)

    assert len(list((tmp_path / "store" / DATA).iterdir())) == 1


def test_another_decoder_is_another_file(task, monkeypatch):
    """Another version of a library that decodes, or another source, may give other pixels."""
    spec = task().spec["data"]
    names = {image_key(spec), image_key({**spec, "source": "edited"})}
    monkeypatch.setattr(images, "decoder_version", lambda name: f"{name} 99")
    names.add(image_key(spec))

    assert len(names) == 3


def test_images_that_changed_since_planning_are_refused(bench, task, photos):
    """The stages' keys name other images than those on disk now."""
    Image.new("L", (8, 8), 77).save(photos / "train" / "cat" / "00.png")
    with pytest.raises(DataError, match="'imagefolder' changed on disk during the run; run again"):
        bench().data(task())


def test_held_out_images_are_those_of_the_seed(bench, task):
    """Bit for bit what `hold_out` gives, whichever seeds were asked for in between."""
    here = bench()
    whole = here.data(task())[1].train
    for seed in (0, 1, 0, 2, 0):
        _, train, held = here.training_data(task(seed))
        expected = hold_out(whole, 10, seed)

        for found, wanted in ((train, expected[0]), (held, expected[1])):
            assert torch.equal(found.images, wanted.images)
            assert torch.equal(found.labels, wanted.labels)


def test_images_are_held_out_once(bench, task, monkeypatch):
    """While there is room the splits of several seeds are kept; without room the latest is."""
    here = bench()
    train = here.training_data(task(0))[1]
    here.training_data(task(1))

    assert here.training_data(task(0))[1] is train

    monkeypatch.setattr(images, "HELD_BYTES", 1)
    other = here.training_data(task(1))[1]

    assert here.training_data(task(1))[1] is other
    assert here.training_data(task(0))[1] is not train


def test_the_device_is_the_stages(task):
    """It stands among the numerics of a training and by itself elsewhere."""
    spec = task().spec
    cuda = {**spec, "numerics": {**spec["numerics"], "device": "cuda"}}

    assert device_of(task()) == "cpu"
    assert device_of(replace(task(), spec=cuda)) == "cuda"
    assert device_of(replace(task(), spec={"device": "cuda"})) == "cuda"
    assert device_of(replace(task(), spec={})) == "cpu"


def test_images_stay_where_they_are(bench, task):
    """On a CPU nothing is copied; elsewhere every split is."""
    _, whole = bench().data(task())
    there = moved(whole, "meta")

    assert moved(whole, "cpu").train.images.data_ptr() == whole.train.images.data_ptr()
    assert there.train.images.device.type == there.test.labels.device.type == "meta"
    assert there.validation is None


def test_no_loader_is_ever_made(run_tiny, monkeypatch, photos):
    """A whole run over images in memory makes no `DataLoader`."""
    made = []
    monkeypatch.setattr(DataLoader, "__init__", lambda self, *_, **__: made.append(self))
    recipe = {"preset": "digits", "length": 1, "validation": 10, "finetune": {"length": 1}}
    dataset = [f"imagefolder[path={photos},grey=true]"]
    finished = run_tiny(dataset=dataset, recipe=recipe, **ASKED)

    assert {row.status for row in finished.rows} == {"ok"}
    assert made == []


@pytest.mark.parametrize("package", ["prunebench", "prunebench_plugins"])
def test_no_code_names_a_loader(package):
    """Nothing that is installed here imports or calls `DataLoader`."""
    folder = Path(find_spec(package).origin).parent
    files = list(folder.rglob("*.py"))
    named = [
        path
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Name) and node.id == "DataLoader")
        or (isinstance(node, ast.Attribute) and node.attr == "DataLoader")
        or (isinstance(node, ast.alias) and node.name.endswith("DataLoader"))
    ]

    assert len(files) > 10
    assert named == []
