"""Where a run's numbers come from: read from its rows, and left out where they say nothing."""

from dataclasses import replace

from prunebench.report.reading.provenance import Provenance, provenance

SETTINGS = {
    "dataset": {"identity": "sha256:ab", "name": "digits", "settings": {"grey": True}},
    "training": {
        "batch": 64,
        "epoch_steps": 17,
        "lr": 0.1,
        "milestones": [136, 204],
        "optimiser": {"name": "sgd", "momentum": 0.9},
        "selection": "loss",
        "validation": 2000,
    },
}


def texts(table):
    """Give a table's cells as text."""
    return [[cell.text for cell in row] for row in table.rows]


def test_everything_that_is_on_record(record, make_row):
    """Seeds, data with content and splits, every setting, sentences."""
    rows = [make_row(seed=seed, settings=SETTINGS) for seed in (1, 0)]
    found = provenance(record, rows)

    assert found.seeds == (0, 1)
    assert texts(found.data) == [
        [
            "digits",
            "sha256:ab",
            "grey=yes",
            "2,000 of the training images, by seed",
            "17 batches of at most 64 in an epoch",
        ]
    ]
    assert texts(found.training) == [
        ["mlp on digits", "batch", "64"],
        ["mlp on digits", "epoch steps", "17"],
        ["mlp on digits", "lr", "0.1"],
        ["mlp on digits", "milestones", "136, 204"],
        ["mlp on digits", "optimiser momentum", "0.9"],
        ["mlp on digits", "optimiser name", "sgd"],
        ["mlp on digits", "selection", "loss"],
        ["mlp on digits", "validation", "2000"],
    ]
    assert "the validation images" in found.varied
    assert "2,000 images held out" in found.selected
    assert "No setting was searched for" in found.tuned
    assert found.sweeps == ()


def test_a_sweep_is_told(record, make_row):
    """With the rate that validation chose, from the report's own table."""
    rows = [
        make_row(trial=f"{rate}", lr=rate, validation_accuracy=accuracy, test_accuracy_last=0.9)
        for rate, accuracy in ((0.1, 0.8), (0.01, 0.9))
    ]
    found = provenance(replace(record, experiment={"finetune_lrs": [0.1, 0.01]}), rows)

    [[method, _, tried, chosen, *_]] = texts(found.sweeps[0])
    assert (method, tried, chosen) == ("magnitude", "2", "0.01")
    assert "the rate of the fine-tuning" in found.tuned


def test_what_is_not_on_record_is_left_out(record, make_row):
    """A row without settings, and a run without an environment, say nothing of either."""
    found = provenance(replace(record, environment={}), [make_row()])

    tuned = "No setting was searched for, whatever the method, the data set and the size, so a "
    assert found == Provenance(seeds=(0,), tuned=f"{tuned}method may do better than it does here.")
