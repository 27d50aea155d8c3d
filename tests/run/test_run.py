"""The harness from end to end: real data, real training, in miniature."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from prunebench.experiment.schema import validate
from prunebench.plan.plan import Plan
from prunebench.plugin.registry import Registry
from prunebench.results.folder import read_rows
from prunebench.run.agenda import missing
from prunebench.run.executor import InlineExecutor
from prunebench.run.hands import Hands
from prunebench.run.processes import ProcessExecutor
from prunebench.run.run import Finished, Places, Run
from prunebench.run.scheduler import Scheduler, Terms
from prunebench.store.store import Store

TINY = {
    "model": "smallconv[width=4]",
    "densities": [0.5],
    "seeds": 1,
    "recipe": {"preset": "digits", "length": 2, "finetune": {"length": 1}},
}
ALL = ["none", "finetune", "scratch-e", "scratch-b", "ticket", "random"]


def test_every_protocol_gives_a_row(run_tiny: Callable[..., Finished]) -> None:
    """Three methods under six protocols give a measured row each, and one for the dense net."""
    methods = ["magnitude", "magnitude-iterative[rounds=2]", "l1filter"]
    rows = run_tiny(methods=methods, protocols=ALL).rows

    assert len(rows) == 1 + 3 * 6
    assert {row.status for row in rows} == {"ok"}
    assert all(0.0 <= (row.test_accuracy_last or 0.0) <= 1.0 for row in rows)
    assert all(row.density == row.density_evaluated for row in rows)


def test_asking_again_executes_nothing(run_tiny: Callable[..., Finished], science: Any) -> None:
    """A second run of the same experiment reuses every stage and gives the same rows."""
    first = run_tiny(methods=["magnitude"], protocols=["ticket"])
    second = run_tiny(methods=["magnitude"], protocols=["ticket"])

    assert first.record.executed > 0
    assert second.record.executed == 0
    assert second.record.reused == first.record.executed
    assert science(second) == science(first)


def test_same_bits_in_another_store(run_tiny: Callable[..., Finished], science: Any) -> None:
    """Two stores that share nothing hold bit-identical weights and predictions."""
    first = run_tiny("one", methods=["magnitude", "l1filter"], protocols=["random"])
    second = run_tiny("two", methods=["magnitude", "l1filter"], protocols=["random"])

    assert science(first) == science(second)
    assert all(row.weights_digest and row.predictions_digest for row in first.rows)


@pytest.mark.slow
def test_same_bits_with_one_and_two_workers(
    registry: Registry, plan_of: Callable[..., Plan], tmp_path: Path
) -> None:
    """Worker processes, one or two, write the very artifacts that this process writes."""
    plan = plan_of(methods=["magnitude", "l1filter"], protocols=["ticket"], seeds=2)
    digests = []
    for name, executor in (
        ("inline", InlineExecutor(registry, Store(tmp_path / "inline"))),
        ("one", ProcessExecutor(tmp_path / "one", Hands(1))),
        ("two", ProcessExecutor(tmp_path / "two", Hands(2))),
    ):
        store = Store(tmp_path / name)
        outcome = Scheduler(plan, store, executor, registry.emit).run()
        executor.close()
        assert outcome.failed == {}
        digests.append({key: store.envelope(key)["tensors"] for key in plan.stages})

    assert digests[0] == digests[1] == digests[2]


def test_scratch_b_costs_no_more_than_the_dense_net(run_tiny: Callable[..., Finished]) -> None:
    """Scratch-B trains floor(E · min(R, cap)) epochs: twice as long at half the multiply-adds."""
    settings = {"recipe": {"preset": "digits", "length": 3}, "density_of": "macs"}
    rows = run_tiny(methods=["l1filter"], protocols=["scratch-b[cap=none]"], **settings).rows
    row = next(row for row in rows if row.protocol_id == "scratch-b")
    ratio = (row.macs_dense or 0) / (row.macs_sparse or 1)

    assert row.epochs == (3 * (row.macs_dense or 0)) // (row.macs_sparse or 1)
    assert row.budget_ratio == pytest.approx(ratio)
    assert row.retraining_macs is not None
    assert row.dense_macs is not None
    assert row.retraining_macs <= row.dense_macs


def test_scratch_b_at_cap_one_is_scratch_e(run_tiny: Callable[..., Finished]) -> None:
    """With cap 1 Scratch-B is Scratch-E bit for bit."""
    rows = run_tiny(methods=["l1filter"], protocols=["scratch-e", "scratch-b[cap=1]"]).rows
    digests = {row.protocol: row.weights_digest for row in rows if row.method == "l1filter"}

    assert digests["scratch-b[cap=1]"] == digests["scratch-e"]


def test_late_rewinding_trains_the_rest_only(run_tiny: Callable[..., Finished]) -> None:
    """A ticket rewound to epoch 1 of 3 trains 2 epochs; the dense net is the same either way."""
    recipe = {"preset": "digits", "length": 3}
    early = run_tiny("a", methods=["magnitude"], protocols=["ticket"], recipe=recipe).rows
    late = run_tiny(
        "b", methods=["magnitude"], protocols=["ticket"], recipe={**recipe, "rewind": "1ep"}
    ).rows
    dense = [next(r for r in rows if r.method == "dense") for rows in (early, late)]
    ticket = next(row for row in late if row.protocol == "ticket")

    assert ticket.epochs == 2.0
    assert ticket.rewind_step == 17
    assert dense[0].weights_digest == dense[1].weights_digest


def test_weights_of_retrained_nets_are_dropped(
    plan_of: Callable[..., Plan], registry: Registry, tmp_path: Path
) -> None:
    """Dense nets and masks stay; retrained weights go once they are evaluated, unless kept."""
    plan = plan_of(methods=["magnitude"], protocols=["ticket"])
    held = {}
    for keep in (False, True):
        store = Store(tmp_path / str(keep))
        executor = InlineExecutor(registry, store)
        Scheduler(plan, store, executor, registry.emit, terms=Terms(keep_weights=keep)).run()
        held[keep] = {key for key in plan.stages if store.has_tensors(key)}
    gone = held[True] - held[False]

    assert {plan.stages[key].kind for key in gone} == {"train"}
    assert all(dict(plan.stages[key].spec)["network"]["mask"] for key in gone)


def test_a_deleted_stage_is_computed_again(
    run_tiny: Callable[..., Finished], science: Any, tmp_path: Path
) -> None:
    """Deleting one evaluation makes a run do that, the training it reads, and nothing else."""
    first = run_tiny(methods=["magnitude"], protocols=["ticket"])
    store = Store(tmp_path / "store")
    row = next(row for row in first.rows if row.protocol == "ticket")
    evaluations = [
        path.parent.name
        for path in (tmp_path / "store" / "objects").glob("*/*/record.json")
        if json.loads(path.read_text())["record"].get("weights_digest") == row.weights_digest
    ]
    store.discard(evaluations[0])
    second = run_tiny(methods=["magnitude"], protocols=["ticket"])

    assert len(evaluations) == 1
    assert second.record.executed == 2
    assert science(second) == science(first)


RAISES = 'raise RuntimeError("no scores today")'
BESIDE = {"methods": ["stranger", "magnitude"], "protocols": ["ticket"]}


def test_a_failure_blocks_only_its_dependants(stranger: Any, run_tiny: Any, tmp_path: Path) -> None:
    """A method that raises fails its rows; others finish; the traceback is kept."""
    finished = run_tiny(registry=stranger(RAISES), **BESIDE)
    rows = {row.method: row for row in finished.rows}
    stories = [json.loads(p.read_text()) for p in (tmp_path / "store/failures").glob("*.json")]

    assert rows["stranger"].status == "failed"
    assert rows["stranger"].reason == (
        "RuntimeError: no scores today (plugin stranger of stranger-1.0 1.0; the same command "
        "without it: prunebench --no-plugin stranger ...)"
    )
    assert finished.outcome.blamed == {"stranger": 1}
    assert rows["magnitude"].status == "ok"
    assert finished.record.failed == 1
    assert finished.record.blocked == 3
    assert "no scores today" in stories[0]["traceback"]
    assert "in score" in stories[0]["traceback"]


def test_asking_again_tries_failures_anew(stranger: Any, run_tiny: Any, tmp_path: Path) -> None:
    """A failure is never cached: it may fail again; mended, its rows are ok and it is forgotten."""
    run_tiny(registry=stranger(RAISES), **BESIDE)
    again = run_tiny(registry=stranger(RAISES), **BESIDE)
    mended = run_tiny(registry=stranger(), **BESIDE)

    assert (again.record.executed, again.record.failed) == (0, 1)
    assert (mended.record.executed, mended.record.failed) == (4, 0)
    assert {row.status for row in mended.rows} == {"ok"}


def test_rows_are_on_disk_as_they_complete(run_tiny: Callable[..., Finished]) -> None:
    """results.jsonl holds the rows, in order, and reads back equal."""
    finished = run_tiny(methods=["magnitude"], protocols=["ticket"])

    assert {row.trial: row for row in read_rows(finished.folder)} == {
        row.trial: row for row in finished.rows
    }


def test_nothing_is_missing_after_a_run(
    plan_of: Callable[..., Plan], run_tiny: Callable[..., Finished], tmp_path: Path
) -> None:
    """The plan of a finished experiment has nothing left to run, though weights were dropped."""
    run_tiny(methods=["l1filter"], protocols=["random"])

    assert (
        missing(plan_of(methods=["l1filter"], protocols=["random"]), Store(tmp_path / "store"))
        == set()
    )


def test_longer_ladder_goes_on_where_the_shorter_ended(
    run_tiny: Callable[..., Finished], science: Any
) -> None:
    """Rung 3 after rung 2 recomputes dropped weights bit for bit and adds one rung."""
    base = {"methods": ["magnitude-iterative[rate=0.5]"], "protocols": ["ticket"]}
    apart = run_tiny("apart", **base, densities=[0.25, 0.125])
    run_tiny("grown", **base, densities=[0.25])
    grown = run_tiny("grown", **base, densities=[0.25, 0.125])

    assert science(apart) == science(grown)


def test_diverged_training_is_an_outcome(run_tiny: Callable[..., Finished]) -> None:
    """An absurd rate gives rows with the status diverged and no accuracy, not a failure."""
    recipe = {"preset": "digits", "length": 2, "lr": 1e30}
    finished = run_tiny(methods=["magnitude"], protocols=["ticket"], recipe=recipe)

    assert finished.record.failed == 0
    assert {row.status for row in finished.rows} == {"diverged"}
    assert {row.test_accuracy_last for row in finished.rows} == {None}


def test_a_diverged_training_ends_where_it_diverged(run_tiny: Callable[..., Finished]) -> None:
    """Steps and epochs are those that were done, out of 34; NaN under a mask is no density."""
    recipe = {"preset": "digits", "length": 2, "lr": 1e30}
    finished = run_tiny(methods=["magnitude"], protocols=["none"], recipe=recipe)
    (dense,) = (row for row in finished.rows if row.method == "dense")

    assert 0 < dense.steps < 34
    assert dense.epochs == pytest.approx(dense.steps / 17)
    assert dense.density_after_training is None


def test_a_reused_row_keeps_its_environment(stranger: Any, run_tiny: Any) -> None:
    """Rows say where they were measured, not who asked again with another plugin installed."""
    before = run_tiny(methods=["magnitude"], protocols=["none"])
    after = run_tiny(methods=["magnitude", "stranger"], protocols=["none"], registry=stranger())
    environments = {row.method: row.environment for row in after.rows}
    (measured,) = {row.environment for row in before.rows}

    assert environments["dense"] == environments["magnitude"] == measured
    assert environments["stranger"] != measured


def test_the_global_generator_is_the_stages_own(stranger: Any, run_tiny: Any) -> None:
    """A method that draws from it gives one mask in two stores, and leaves it as it was."""
    draw = "return {name: torch.rand(weight.shape) for name, weight in subject.weights.items()}"
    registry = stranger(draw, "import torch")
    masks = set()
    for seed, store in enumerate(("one", "two")):
        torch.manual_seed(seed)
        before = torch.random.get_rng_state()
        rows = run_tiny(store, methods=["stranger"], protocols=["none"], registry=registry).rows
        masks |= {row.mask_digest for row in rows if row.method == "stranger"}

        assert torch.equal(torch.random.get_rng_state(), before)
    assert len(masks) == 1
    assert None not in masks


def test_places_are_not_part_of_results(
    registry: Registry, plan_of: Callable[..., Plan], tmp_path: Path
) -> None:
    """No artifact and no row holds a path of this machine."""
    plan = plan_of(methods=["magnitude"], protocols=["ticket"])
    experiment = validate({"methods": ["magnitude"]}, "test")
    places = Places(tmp_path / "store", tmp_path)
    run = Run(registry, experiment, plan, places, "prunebench run")
    finished = run.execute(InlineExecutor(registry, Store(places.store)))
    texts = [path.read_text() for path in places.store.rglob("*.json*")]

    assert finished.rows
    assert texts
    assert not any(str(tmp_path) in text for text in texts)
