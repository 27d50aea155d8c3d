"""Pruned networks timed beside dense ones; never how fast, only what is timed and how."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from prunebench.core.csr import csr_layers, library
from prunebench.core.initialise import kernels
from prunebench.errors import ContractError
from prunebench.run.bench import Bench
from prunebench.run.numerics import settled
from prunebench.run.stages.latency import (
    check_same,
    compare,
    cut_networks,
    images_of,
    masked_networks,
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
    networks = cut_networks(bench, stage.spec).values()
    sizes = [sum(p.numel() for p in network.parameters()) for network in networks]
    row = rows["finetune"]

    assert sizes == [row.params_dense, row.params_kept]
    assert row.params_kept < row.params_dense


def test_masks_of_convolutions_are_not_timed(run_tiny):
    """The column says why."""
    dense, pruned = run_tiny(methods=["magnitude"], protocols=["none"], latency=True).rows

    assert (dense.status, pruned.status) == ("ok", "ok")
    assert dense.latency == {}
    assert list(pruned.latency) == ["untimed"]


@pytest.fixture
def masked(run_tiny, registry, tmp_path, plan_of):
    """Run LeNet-300-100 with a fifth of its weights; give its row, a bench and the stage."""
    asked = {
        "model": "lenet300100",
        "methods": ["magnitude"],
        "densities": [0.2],
        "protocols": ["none"],
        "latency": True,
    }
    finished = run_tiny(**asked)
    (stage,) = (s for s in plan_of(**asked).stages.values() if s.kind == "latency")
    return finished.rows[-1], Bench(registry, Store(tmp_path / "store")), stage


def test_masks_are_run_in_two_ways_beside_the_dense_network(masked):
    """All layers of LeNet are CSR: 64·300 + 300·100 + 100·10 multiply-adds for an 8x8 image.

    A kept weight takes eight bytes and not four; the beginnings of 301 + 101 + 11 rows come to it.
    """
    row, _, _ = masked
    latency, batches = row.latency, row.latency.pop("batches")

    assert latency == {
        "device": "cpu",
        "precision": "fp32",
        "channels_last": True,
        "warmup": 5,
        "repeats": 30,
        "threads": 1,
        "backend": "csr",
        "run_up": 1,
        "library": f"torch, {library(torch.device('cpu'))}",
        "sparse_layers": 3,
        "sparse_macs": 50_200,
        "bytes_dense": 4 * 50_200,
        "bytes_sparse": 8 * row.prunable_kept + 4 * 413,
        "environment": row.environment,
    }
    assert list(batches) == ["1", "64"]
    for found in batches.values():
        for name in ("dense", "masked", "sparse"):
            assert 0 < found[name]["p10"] <= found[name]["median"] <= found[name]["p90"]
        for name in ("masked", "sparse"):
            assert found[f"{name}_speedup"] == found["dense"]["median"] / found[name]["median"]


def test_masked_networks_have_the_pattern_of_the_row(masked):
    """As many weights as the row kept, twice; the dense network is the one they were made from."""
    row, bench, stage = masked
    networks = masked_networks(bench, stage.spec)
    layers = [kernel.weight for _, kernel in kernels(networks["masked"])]
    stored = [layer.kernel for layer in csr_layers(networks["sparse"]).values()]

    assert sum(int(weight.count_nonzero()) for weight in layers) == row.prunable_kept
    assert all(map(torch.equal, layers, [kernel.to_dense() for kernel in stored]))
    for weight, (_, kernel) in zip(layers, kernels(networks["dense"]), strict=True):
        assert torch.equal(weight[weight != 0], kernel.weight[weight != 0])
        assert int(kernel.weight.count_nonzero()) > int(weight.count_nonzero())


@pytest.mark.parametrize("wrong", [1.001, float("nan")])
def test_sparse_kernels_that_compute_something_else_are_refused(masked, wrong):
    """A thousandth is no rounding, and neither is what is not a number."""
    _, bench, stage = masked
    networks = masked_networks(bench, stage.spec)
    images = images_of(2, stage.spec)
    check_same(networks, images)
    last = list(csr_layers(networks["sparse"]).values())[-1]
    last.kernel.values().mul_(wrong)

    with pytest.raises(ContractError, match="with sparse kernels gives outputs that differ by"):
        check_same(networks, images)


def test_run_ups_do_not_count():
    """Each network passes twice in its turn, and has one time for it."""
    pages = []
    networks = [Diary("dense", pages), Diary("sparse", pages)]
    turns = take_turns(networks, images_of(2, SPEC), 2, run_up=1)

    assert [name for name, *_ in pages] == ["dense", "dense", "sparse", "sparse"] * 2
    assert [len(turn) for turn in turns] == [2, 2]


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
    networks = {name: placed(Diary(name, pages), SPEC) for name in ("dense", "pruned")}
    found = compare(networks, images_of(1, SPEC), SPEC)

    assert pages == [("dense", False, True), ("pruned", False, True)] * 5
    assert set(found) == {"dense", "pruned", "speedup"}


def test_autocast_where_the_recipe_says_so():
    """With bfloat16 the convolutions compute in it, as they do in training and evaluation."""
    network = placed(Diary("dense", []), SPEC)
    compare({"dense": network, "pruned": network}, images_of(1, SPEC), SPEC | {"precision": "bf16"})

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
    networks = {name: placed(Diary(name, []), spec) for name in ("dense", "pruned")}
    with settled():
        found = compare(networks, images_of(64, spec), spec)

    assert found["dense"]["p10"] > 0
