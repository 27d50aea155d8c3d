"""Whole runs on a CUDA device, held against the CPU's."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from prunebench.plugin.registry import Registry
from prunebench.run.executor import InlineExecutor
from prunebench.run.run import Finished
from prunebench.store.store import Store

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]

DIGITS = 360
"""Test images; two trainings whose sums are rounded otherwise differ in a few of them."""


@pytest.fixture
def asked() -> dict[str, object]:
    """Ask for masked and cut networks under all kinds of starts."""
    return {
        "methods": ["magnitude", "l1filter", "obd"],
        "protocols": ["finetune", "ticket", "scratch-e"],
        "recipe": {"preset": "digits", "length": 8, "finetune": {"length": 1}},
    }


def test_a_card_gives_the_rows_of_the_cpu(
    run_tiny: Callable[..., Finished], asked: dict[str, object]
) -> None:
    """Same trials, same sizes; accuracies differ by at most a twentieth of the test images."""
    here, there = (run_tiny(device, device=device, **asked) for device in ("cpu", "cuda"))
    pairs = list(zip(here.rows, there.rows, strict=True))

    assert not there.record.failed
    for cpu, cuda in pairs:
        assert (cuda.trial, cuda.params_kept, cuda.macs_sparse) == (
            cpu.trial,
            cpu.params_kept,
            cpu.macs_sparse,
        )
        assert cuda.test_accuracy_last == pytest.approx(
            cpu.test_accuracy_last, abs=DIGITS // 20 / DIGITS
        )


def test_a_card_gives_the_same_bits_again(
    run_tiny: Callable[..., Finished], asked: dict[str, object]
) -> None:
    """Two stores on one card hold the same weights."""
    first, second = (run_tiny(name, device="cuda", **asked) for name in ("one", "two"))

    assert [row.weights_digest for row in first.rows] == [row.weights_digest for row in second.rows]


def test_recorded_steps_give_the_same_rows(
    registry: Registry, run_tiny: Callable[..., Finished], asked: dict[str, object], tmp_path: Path
) -> None:
    """With CUDA graphs the networks are the same, up to the rounding of a few test images."""
    store = Store(tmp_path / "graphs")
    executor = InlineExecutor(registry, store, graphs=True)
    plain = run_tiny("plain", device="cuda", **asked)
    recorded = run_tiny("graphs", device="cuda", executor=executor, **asked)

    for one, other in zip(plain.rows, recorded.rows, strict=True):
        assert other.test_accuracy_last == pytest.approx(one.test_accuracy_last, abs=0.05)
