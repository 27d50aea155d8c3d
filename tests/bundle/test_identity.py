from dataclasses import replace

import pytest

from prunebench.bundle.identity import check_identity, check_shapes
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
