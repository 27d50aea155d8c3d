"""Networks of equal weights are tested once, whatever led to them."""

import json
from dataclasses import asdict

import pytest

from prunebench.store.store import Store

TWICE = {"methods": ["magnitude", "magnitude[min_keep=1]"], "protocols": ["none"]}
SCORES = (
    "test_accuracy_last",
    "test_accuracy_selected",
    "test_loss_last",
    "test_top5_last",
    "weights_digest",
    "predictions_digest",
)


def evaluations(folder):
    """Read the records of all evaluations in a store, by key."""
    found = {
        path.parent.name: json.loads(path.read_text())["record"]
        for path in folder.glob("objects/*/*/record.json")
    }
    return {key: record for key, record in found.items() if "tested_by" in record}


def taken_over(folder):
    """List the evaluations that tested nothing, each with the one whose numbers it has."""
    sources = {key: record["tested_by"] for key, record in evaluations(folder).items()}
    return [(key, source) for key, source in sources.items() if source]


@pytest.fixture
def store(tmp_path):
    """Give the folder of the tiny runs' store."""
    return tmp_path / "store"


def test_equal_networks_are_tested_once(run_tiny, store):
    """A floor that changes no mask: of three networks two are tested, of which one stands twice."""
    rows = run_tiny(**TWICE).rows
    found = evaluations(store)
    ((key, source),) = taken_over(store)
    one, other = (tuple(asdict(row)[name] for name in SCORES) for row in rows[1:])

    assert len(found) == 3
    assert one == other
    assert found[key]["predictions_digest"] == found[source]["predictions_digest"]


def test_what_is_taken_over_is_whole(run_tiny, store):
    """Predictions stand with each of the two, so one can be deleted without the other."""
    run_tiny(**TWICE)
    ((key, source),) = (
        (k, r["tested_by"]) for k, r in evaluations(store).items() if r["tested_by"]
    )
    mine, its = (Store(store).get(each).part("predictions") for each in (key, source))

    assert {name: tensor.tolist() for name, tensor in mine.items()} == {
        name: tensor.tolist() for name, tensor in its.items()
    }


def test_tests_that_are_gone_are_done_again(run_tiny, store):
    """What the index led to was deleted: the networks are tested as if for the first time."""
    before = run_tiny(**TWICE).rows
    for key in evaluations(store):
        Store(store).discard(key)
    after = run_tiny(**TWICE)
    again = [tuple(asdict(row)[name] for name in SCORES) for row in after.rows]

    assert after.record.executed == 3
    assert again == [tuple(asdict(row)[name] for name in SCORES) for row in before]
    assert len(taken_over(store)) == 1


def test_a_test_without_its_predictions_is_not_taken_over(run_tiny, store):
    """Numbers are taken with the predictions behind them, or not at all."""
    run_tiny(**TWICE)
    ((key, source),) = (
        (k, r["tested_by"]) for k, r in evaluations(store).items() if r["tested_by"]
    )
    Store(store).drop_tensors(source)
    Store(store).discard(key)
    after = run_tiny(**TWICE)

    assert after.record.executed == 1
    assert evaluations(store)[key]["tested_by"] is None


def test_other_precision_tests_anew(run_tiny, store):
    """The same weights score otherwise in another precision; nothing is taken over."""
    recipe = {"preset": "digits", "length": 1, "lr": 1e-60, "weight_decay": 0.0}  # moves nothing
    for precision in ("fp32", "bf16"):
        run_tiny(
            model="lenet300100",
            methods=["magnitude"],
            protocols=["none"],
            recipe={**recipe, "precision": precision},
        )
    found = evaluations(store).values()

    assert len(found) == 4
    assert len({record["weights_digest"] for record in found}) == 2
    assert taken_over(store) == []


def test_diverged_networks_take_nothing_over(run_tiny, store):
    """A network without finite outputs has no numbers to share."""
    recipe = {"preset": "digits", "length": 1, "lr": 1e30}
    rows = run_tiny(**TWICE, recipe=recipe).rows

    assert {row.status for row in rows} == {"diverged"}
    assert taken_over(store) == []
