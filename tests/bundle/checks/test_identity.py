from dataclasses import replace

import pytest

from prunebench.bundle.checks.identity import (
    check_cells,
    check_identity,
    check_metrics,
    check_shapes,
)
from prunebench.experiment.experiment import trial_id


def fields(findings):
    """Give the fields of findings."""
    return [finding.field for finding in findings]


def test_an_honest_bundle_has_no_finding(make_bundle):
    """Ids and labels that follow from the coordinates are accepted."""
    assert list(check_identity(make_bundle(("magnitude", "obd[scope=layer]")))) == []


@pytest.mark.parametrize(
    "columns",
    [
        {"seed": 7},
        {"draw": 1},
        {"method": "obd"},
        {"method_id": "obd"},
        {"method": "magnitude[scope=global]"},
        {"protocol": "scratch"},
        {"protocol_id": "scratch"},
        {"dataset": "mnist"},
        {"model": "vgg16"},
        {"target_density": 0.9},
        {"target_of": "macs"},
        {"target": "0.9"},
        {"control_of": "obd"},
        {"recipe": "two\nlines"},
        {"recipe": "x" * 301},
        {"method": "Magnitude"},
        {"method": "magnitude["},
        {"method": "magnitude like obd", "control_of": "obd"},
    ],
)
def test_labels_follow_from_coordinates(honest, changed, columns):
    """A column that says something else than the coordinates is found, once."""
    field = next(iter(columns))
    got = list(check_identity(changed(honest, **columns)))

    assert field in fields(got)
    assert all(finding.trial for finding in got)


@pytest.mark.parametrize("field", ["method", "protocol", "method_id", "protocol_id"])
def test_a_dense_row_is_called_dense(honest, changed, field):
    """A dense row has no method's or protocol's name."""
    columns = {field: "obd"} if field != "method_id" else {"protocol": "x"}

    assert list(check_identity(changed(honest, dense=True, **columns)))


def test_ids_are_recomputed(honest, changed):
    """Coordinates that were edited give another id, which is told."""
    row = next(e.row for e in honest.entries if e.row.method_id != "dense")
    training = {**row.settings["training"], "lr": 0.2}
    settings = {**row.settings, "training": training}
    got = [f for f in check_identity(changed(honest, settings=settings)) if f.field == "trial"]

    assert [(f.found, f.expected) for f in got] == [(repr(row.trial), repr(trial_id(settings)))]


def test_one_label_stands_for_one_thing(make_bundle):
    """A setting that the label hides is found, though every row for itself is consistent."""
    bundle = make_bundle()
    rows = [e.row for e in bundle.entries if e.row.method_id != "dense"]
    row = rows[0]
    method = {"name": "magnitude", "settings": {"scope": "layer", "secret": 1}}
    settings = {**row.settings, "method": method}
    other = replace(row, settings=settings, trial=trial_id(settings))
    entries = [replace(e, row=other) if e.row is row else e for e in bundle.entries]
    got = list(check_identity(replace(bundle, entries=tuple(entries))))

    assert set(fields(got)) == {"method"}
    assert "other settings than in trial" in got[0].message


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("dataset",), None),
        (("dataset", "identity"), 3),
        (("training",), []),
        (("training", "batch"), 0),
        (("training", "steps"), 10**15),
        (("training", "epoch_steps"), True),
        (("method", "settings"), "x"),
        (("protocol", "steps"), "many"),
        (("protocol", "rewind"), -1),
        (("target",), "half"),
        (("target", "like"), {"method": 1}),
        (("between",), 0),
        (("seed",), "0"),
    ],
)
def test_coordinates_have_a_shape(honest, changed, place, value):
    """Coordinates that are absent or of another type are told by their place."""
    row = next(e.row for e in honest.entries if e.row.method_id != "dense")
    settings = {**row.settings}
    inner = settings
    for name in place[:-1]:
        inner[name] = {**inner[name]}
        inner = inner[name]
    inner[place[-1]] = value
    got = list(check_shapes(changed(honest, settings=settings)))

    assert len(got) == 1
    assert f"settings.{place[0]}" in got[0].message


def again(bundle, **columns):
    """Add a pruned row a second time, with a coordinate that nobody knows and other columns."""
    entry = next(e for e in bundle.entries if e.row.method_id != "dense")
    settings = {**entry.row.settings, "note": 1}
    row = replace(entry.row, **{"settings": settings, "trial": trial_id(settings), **columns})
    return replace(bundle, entries=(*bundle.entries, replace(entry, row=row)))


def test_a_seed_counts_once(honest):
    """Two trials of one cell, seed and draw are found, however their ids came to differ."""
    got = list(check_cells(again(honest)))

    assert fields(got) == ["seed"]
    assert "same cell, seed and draw as trial" in got[0].message


@pytest.mark.parametrize(
    "columns",
    [
        {"protocol": "finetune[lr=0.1]", "overridden": "lr=0.1"},
        {"overridden": "lr=0.1"},
        {"recipe": "other"},
        {"draw": 1},
        {"regularized_by": "lasso"},
    ],
)
def test_a_sweep_is_no_copy(honest, columns):
    """Rates that fine-tuning chooses from, recipes and draws make trials of their own."""
    assert list(check_cells(again(honest, **columns))) == []


def test_parts_may_train_otherwise(honest):
    """Two parts of an experiment, one of which trains in bf16, are accepted."""
    row = next(e.row for e in honest.entries if e.row.method_id != "dense")
    settings = {**row.settings, "training": {**row.settings["training"], "precision": "bf16"}}

    assert list(check_cells(again(honest, settings=settings))) == []


@pytest.mark.parametrize(
    ("metrics", "count"),
    [
        ({"ece[bins=10]": 0.1, "agreement": 0.5}, 0),
        ({"<script>": 0.1}, 1),
        ({"ece[": 0.1}, 1),
        ({"a\nb": 0.1}, 1),
        ({"e" * 301: 0.1}, 1),
        ({f"m{n}": 0.1 for n in range(50)}, 0),
        ({f"m{n}": 0.1 for n in range(51)}, 1),
    ],
)
def test_metrics_are_plugins(honest, changed, metrics, count):
    """A metric's label is an id with settings, and there are not too many."""
    got = list(check_metrics(changed(honest, metrics=metrics)))

    assert fields(got) == ["metrics"] * count
