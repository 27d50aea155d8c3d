"""Batch norms measured anew: plain averages over batches, and nothing else moves."""

import pytest
import torch

from prunebench.core.initialise import norms
from prunebench.plugin.registry import load_registry
from prunebench.run.bench import Bench
from prunebench.run.network import make_survivor
from prunebench.run.task import task_of
from prunebench.store.store import Store

ASKED = {"methods": ["magnitude"], "protocols": ["none", "recalibrate[images=256]"]}


@pytest.fixture
def calibrated(run_tiny, plan_of, tmp_path):
    """Run with and without; give rows, the stage, and a bench to look at both networks."""
    finished = run_tiny(keep_weights=True, **ASKED)
    (stage,) = (s for s in plan_of(**ASKED).stages.values() if s.kind == "recalibrate")
    return finished, stage, Bench(load_registry(), Store(tmp_path / "store"))


def test_statistics_are_averages_over_the_images(calibrated):
    """The first norm's mean is that of its inputs' batch means; weights stay as pruned."""
    _, stage, bench = calibrated
    before = make_survivor(bench, stage.spec).network
    after = bench.artifact(stage.key).part("last")
    info, split, _ = bench.training_data(task_of(stage))
    seen = []
    before.conv1.register_forward_hook(lambda _, __, out: seen.append(out.mean((0, 2, 3))))
    from prunebench.run.sampling import draw_images

    draw = draw_images(split, info.preprocessing, before, (0, 0), stage.spec["batch"])
    with torch.no_grad():
        for images, _ in draw(256):
            before(images)

    torch.testing.assert_close(after["bn1.running_mean"], torch.stack(seen).mean(0))
    for name, parameter in before.named_parameters():
        assert torch.equal(after[name], parameter)


def test_it_is_a_row_of_its_own(calibrated):
    """The same mask, without any training, and another accuracy than without."""
    finished, _, _ = calibrated
    rows = {row.protocol_id: row for row in finished.rows}
    plain, anew = rows["none"], rows["recalibrate"]

    assert {row.status for row in finished.rows} == {"ok"}
    assert (anew.steps, anew.mask_digest) == (0, plain.mask_digest)
    assert anew.weights_digest != plain.weights_digest
    assert anew.accuracy_after_pruning == plain.test_accuracy_last


def test_norms_are_left_as_they_were_found(calibrated):
    """Momentum and mode return to what they were."""
    from prunebench.run.stages.recalibrate import averaging

    _, stage, bench = calibrated
    network = make_survivor(bench, stage.spec).network

    with averaging(network):
        assert all(norm.momentum is None and norm.training for _, norm in norms(network))

    assert all(norm.momentum == 0.1 and not norm.training for _, norm in norms(network))
