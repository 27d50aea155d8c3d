"""What the stages of the tiny experiment ask of a machine, counted by hand.

Digits: 1079 training images (17 steps of 64 an epoch, two epochs), 359 to validate, 359 to test.
smallconv[width=4] on 8x8: 4*9*64 + 4*8*9*64 + 8*8*9*16 + 32*10 = 30 272 multiply-adds.
"""

import pytest

from prunebench.run.sizes import Sizes
from prunebench.run.workload import Workloads
from prunebench.store.store import Store

DENSE = 30272


@pytest.fixture
def works_of(registry, tmp_path, plan_of):
    """Give a plan's stages by title, each with what it asks."""

    def give(**asked):
        plan = plan_of(**asked)
        store = Store(tmp_path / "nothing", make=False)
        workloads = Workloads(Sizes(registry, store, plan.stages), plan.stages)
        return {stage.title: workloads.of(stage) for stage in plan.stages.values()}

    return give


def test_trainings_and_tests(works_of):
    """Steps, validation images after each epoch, the test set at the last and the selected step."""
    works = works_of(methods=["magnitude"], protocols=["finetune"])
    dense = works["dense smallconv[width=4] seed 0"]
    tuned = works["magnitude 0.5 finetune seed 0"]

    assert (dense.steps, dense.batch, dense.images) == (34, 64, 2 * 359)
    assert (dense.macs, dense.share) == (DENSE, 1.0)
    assert (tuned.steps, tuned.images, tuned.share) == (17, 359, 1.0)
    assert tuned.training == dense.training
    assert works["test magnitude 0.5 finetune seed 0"].images == 2 * 359
    assert works["test magnitude 0.5 as pruned seed 0"].images == 359


def test_cut_networks_are_smaller(works_of):
    """3, 5, 5 channels: 3*9*64 + 3*5*9*64 + 5*5*9*16 + 20*10 = 14 168 multiply-adds are left."""
    works = works_of(methods=["l1filter"], protocols=["finetune"])
    tuned = works["l1filter 0.5 finetune seed 0"]

    assert tuned.share == pytest.approx(14168 / DENSE)
    assert works["test l1filter 0.5 as pruned seed 0"].share == tuned.share
    assert tuned.training == works["dense smallconv[width=4] seed 0"].training
    assert tuned.group != works["dense smallconv[width=4] seed 0"].group


def test_scratch_b_is_stretched_by_what_is_left(works_of):
    """30272 / 14168 = 2.14 is capped at 2: four epochs; without a cap 4.27 epochs are four, too.

    A mask that keeps 3/4 of every layer stretches two epochs by 4/3, to 2.67: two whole ones.
    """
    recipe = {"preset": "digits", "length": 2}
    masked = works_of(methods=["magnitude"], protocols=["scratch-b"], densities=[0.75])
    for cap in (2.0, "none"):
        asked = {"methods": ["l1filter"], "protocols": ["scratch-b"]}
        works = works_of(**asked, recipe={**recipe, "scratch_b_cap": cap})

        assert works["l1filter 0.5 scratch-b seed 0"].steps == 4 * 17
    assert masked["magnitude 0.75 scratch-b seed 0"].steps == 2 * 17


def test_what_an_earlier_stage_did_is_left_out(works_of):
    """With the rewind point after an epoch the dense training has an epoch to go."""
    recipe = {"preset": "digits", "length": 2, "rewind": "1ep"}
    plan = works_of(methods=["magnitude"], protocols=["none"], recipe=recipe)
    dense = plan["dense smallconv[width=4] seed 0"]

    assert (dense.steps, dense.images) == (17, 359)


def test_scores_that_read_images(works_of):
    """Each score passes its method's images forward and back, thrice the cost of forward."""
    works = works_of(methods=["obd[samples=200]"], protocols=["none"])
    scores = [work for title, work in works.items() if title.startswith("score by obd")]

    assert scores
    assert {work.images for work in scores} == {3 * 200}
    assert works["obd[samples=200] 0.5 round 1 seed 0"].images == 0


def test_diagnoses_and_timings(works_of):
    """Training images, twice around a deletion; (5 + 30) passes of two networks at 1 and 64."""
    asked = {"methods": ["l1filter"], "protocols": ["none"]}
    works = works_of(**asked, diagnostics=True, latency=True)

    assert works["diagnose dense smallconv[width=4] seed 0"].images == 1079
    assert works["diagnose the pruning of l1filter 0.5 seed 0"].images == 2 * 1079
    assert works["time l1filter 0.5 seed 0"].images == 2 * 35 * 65


def test_metrics_run_no_network(works_of):
    """They take what a stage takes anyway, and tell of others of the same metric and data."""
    asked = {"methods": ["magnitude"], "protocols": ["none"], "metrics": ["ece", "agreement"]}
    works = works_of(**asked)
    found = [work for title, work in works.items() if title.startswith(("ece of", "agreement of"))]

    assert sorted(work.group for work in found) == [
        "measure agreement on digits",
        "measure ece on digits",
        "measure ece on digits",
    ]
    assert {(work.images, work.steps, work.params, work.training) for work in found} == {
        (0.0, 0.0, 0, "")
    }


def test_a_search_is_all_its_trainings(works_of):
    """Three short trainings, each as long as the whole one, and a pruning after each."""
    works = works_of(methods=["sss[runs=3,length=1.0]"], protocols=["none"])
    (search,) = (work for title, work in works.items() if title.startswith("tune "))

    assert search.steps == 3 * 34
    assert search.sorted == 3 * search.params
