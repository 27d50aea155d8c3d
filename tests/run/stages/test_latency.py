"""Cut networks timed beside the dense ones; never how fast, only what is timed and how."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from prunebench.run.bench import Bench
from prunebench.run.numerics import settled
from prunebench.run.stages.latency import (
    compare,
    images_of,
    pair,
    placed,
    seconds_of,
    summary,
    take_turns,
)
from prunebench.store.store import Store

SPEC = {
    "model": {"shape": [3, 4, 4]},
    "device": "cpu",
    "precision": "fp32",
    "channels_last": False,
    "warmup": 2,
    "repeats": 3,
}


class Diary(nn.Module):
    """A network that writes down its name and how it was called."""

    def __init__(self, name, pages):
        super().__init__()
        self.name, self.pages = name, pages
        self.layer = nn.Conv2d(3, 2, 3)

    def forward(self, images):
        """Write down and compute."""
        outputs = self.layer(images)
        self.pages.append((self.name, self.training, torch.is_inference_mode_enabled()))
        self.dtype = outputs.dtype
        return outputs


@pytest.fixture
def timed(run_tiny, registry, tmp_path, plan_of):
    """Run one channel method under two protocols; give its rows, a bench and the stage."""
    asked = {"methods": ["l1filter"], "protocols": ["none", "finetune"], "latency": True}
    finished = run_tiny(**asked)
    (stage,) = (s for s in plan_of(**asked).stages.values() if s.kind == "latency")
    rows = {row.protocol_id: row for row in finished.rows}
    return rows, Bench(registry, Store(tmp_path / "store")), stage


def test_rows_hold_both_networks_and_the_conditions(timed):
    """Milliseconds in order, dense beside pruned, at both batches; and all that decides them."""
    rows, bench, stage = timed
    latency = rows["finetune"].latency
    batches = latency.pop("batches")

    assert latency == {
        "device": "cpu",
        "precision": "fp32",
        "channels_last": True,
        "warmup": 5,
        "repeats": 30,
        "threads": 1,
        "environment": rows["finetune"].environment,
    }
    assert list(batches) == ["1", "64"]
    for found in batches.values():
        for name in ("dense", "pruned"):
            assert 0 < found[name]["p10"] <= found[name]["median"] <= found[name]["p90"]
        assert found["speedup"] == found["dense"]["median"] / found["pruned"]["median"]
    assert bench.store.record(stage.key)["status"] == "ok"


def test_protocols_share_it_and_the_dense_row_has_none(timed):
    """Weights do not matter to speed; nothing was cut from the dense network."""
    rows, _, _ = timed

    assert rows["none"].latency["batches"] == rows["finetune"].latency["batches"]
    assert rows["dense"].latency == {}


def test_the_networks_are_those_of_the_row(timed):
    """The dense one has all parameters, the cut one those that the row kept."""
    rows, bench, stage = timed
    sizes = [sum(p.numel() for p in network.parameters()) for network in pair(bench, stage.spec)]
    row = rows["finetune"]

    assert sizes == [row.params_dense, row.params_kept]
    assert row.params_kept < row.params_dense


def test_masks_have_no_latency(run_tiny):
    """Where weights are only masked there is nothing to time: the column is empty."""
    finished = run_tiny(methods=["magnitude"], protocols=["none"], latency=True)

    assert {row.status for row in finished.rows} == {"ok"}
    assert all(row.latency == {} for row in finished.rows)


def test_networks_take_turns():
    """Dense, pruned, dense, pruned: one pass each, and one time for each pass."""
    pages = []
    networks = [Diary("dense", pages), Diary("pruned", pages)]
    turns = take_turns(networks, images_of(2, SPEC), 3)

    assert [name for name, *_ in pages] == ["dense", "pruned"] * 3
    assert [len(turn) for turn in turns] == [2, 2, 2]


def test_warming_up_is_not_counted():
    """Two passes warm up and three count, in eval mode and without any gradient."""
    pages = []
    networks = [placed(Diary(name, pages), SPEC) for name in ("dense", "pruned")]
    found = compare(networks, images_of(1, SPEC), SPEC)

    assert pages == [("dense", False, True), ("pruned", False, True)] * 5
    assert set(found) == {"dense", "pruned", "speedup"}


def test_autocast_where_the_recipe_says_so():
    """With bfloat16 the convolutions compute in it, as they do in training and evaluation."""
    network = placed(Diary("dense", []), SPEC)
    compare([network, network], images_of(1, SPEC), SPEC | {"precision": "bf16"})

    assert network.dtype == torch.bfloat16


def test_memory_layout_of_weights_and_images():
    """Both lie as the recipe says."""
    spec = SPEC | {"channels_last": True}
    images, network = images_of(2, spec), placed(Diary("dense", []), spec)

    assert images.shape == (2, 3, 4, 4)
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert network.layer.weight.is_contiguous(memory_format=torch.channels_last)
    assert images_of(2, SPEC).is_contiguous()


def test_cuda_is_waited_for_before_and_after(monkeypatch):
    """The clock starts when the device is idle and stops when it is done."""
    story = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: story.append(device.type))
    images = SimpleNamespace(device=torch.device("cuda"))
    seconds = seconds_of(lambda _: story.append("forward"), images)

    assert story == ["cuda", "forward", "cuda"]
    assert seconds > 0


def test_percentiles_by_hand():
    """Of 0, 1, ... 10 milliseconds in any order: 1, 5 and 9."""
    times = [0.001 * number for number in (3, 10, 0, 7, 5, 1, 9, 2, 8, 4, 6)]

    assert summary(times) == {"median": 5.0, "p10": 1.0, "p90": 9.0}


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_gpu():
    """The same on CUDA."""
    spec = SPEC | {"device": "cuda"}
    networks = [placed(Diary(name, []), spec) for name in ("dense", "pruned")]
    with settled():
        found = compare(networks, images_of(64, spec), spec)

    assert found["dense"]["p10"] > 0
