import pytest

from prunebench.errors import StoreError
from prunebench.results.columns import Column, columns, from_document, to_document
from prunebench.results.measurement import COLUMNS


def test_every_field_is_a_column_of_one_kind():
    """The schema is read from the dataclass: kinds and optionality follow the annotations."""
    by_name = {column.name: column for column in columns()}

    assert tuple(by_name) == COLUMNS
    assert by_name["seed"] == Column("seed", "integer", optional=False, required=True)
    assert by_name["draw"] == Column("draw", "integer", optional=False, required=False)
    assert by_name["density"] == Column("density", "number", optional=True, required=False)
    assert by_name["realised"] == Column("realised", "truth", optional=True, required=False)
    assert by_name["status"] == Column("status", "text", optional=False, required=True)
    assert {c.name for c in columns() if c.kind == "nested"} == {
        "settings",
        "layer_densities",
        "curve",
        "latency",
        "metrics",
    }


def test_an_older_row_takes_defaults(make_row):
    """A row without fields that came later reads as if they had their defaults."""
    document = to_document(make_row())
    for name in ("curve", "peak_memory", "latency", "metrics", "schema"):
        del document[name]

    assert from_document(document, "row 1") == make_row()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"sparkle": 1}, "unknown field 'sparkle'.*newer prunebench"),
        ({"schema": 99}, "schema 99.*newer prunebench"),
        ({"seed": "one"}, "row 7: seed must hold integer, got 'one'"),
        ({"seed": None}, "seed must hold integer, got None"),
        ({"draw": True}, "draw must hold integer, got True"),
        ({"density": float("nan")}, "density must hold number, got nan"),
        ({"density": "0.2"}, "density must hold number"),
        ({"realised": 1}, "realised must hold truth"),
        ({"status": "splendid"}, "status must hold text, got 'splendid'"),
        ({"reason": None}, "reason must hold text"),
        ({"settings": []}, "settings must hold nested"),
        ({"layer_densities": {"conv1": "all"}}, "layer_densities must hold nested"),
        ({"curve": {"step": [1, "two"]}}, "curve must hold nested"),
        ({"curve": {"step": 1}}, "curve must hold nested"),
        ({"latency": {"batches": {"1": [float("inf")]}}}, "latency must hold nested"),
        ({"latency": {"batches": {"one": {}}}}, "latency must hold nested"),
        ({"latency": {"batches": 3}}, "latency must hold nested"),
        ({"latency": {"device": ["cpu"]}}, "latency must hold nested"),
        ({"metrics": {"ece": "low"}}, "metrics must hold nested"),
        ({"metrics": {"ece": None}}, "metrics must hold nested"),
        ({"metrics": {"ece": True}}, "metrics must hold nested"),
        ({"metrics": {"ece": float("nan")}}, "metrics must hold nested"),
        ({"metrics": {"ece": {"value": 1.0}}}, "metrics must hold nested"),
        ({"metrics": [0.5]}, "metrics must hold nested"),
        ({"settings": {"training": {"lr": float("nan")}}}, "settings must hold nested"),
        ({"total_macs": 10**400}, "total_macs must hold integer"),
        ({"train_loss": 10**400}, "train_loss must hold number"),
        ({"train_loss": 1e200}, "train_loss must hold number"),
    ],
)
def test_what_is_no_row_is_refused(make_row, change, complaint):
    """A wrong kind of value, an unknown field or a newer schema is named with its place."""
    with pytest.raises(StoreError, match=complaint):
        from_document(to_document(make_row()) | change, "row 7")


def test_a_row_must_be_an_object_with_coordinates(make_row):
    """Something else entirely is refused, as is a row without its coordinates."""
    document = to_document(make_row())
    del document["trial"], document["seed"]

    with pytest.raises(StoreError, match="must be a JSON object, got 3"):
        from_document(3, "row 1")
    with pytest.raises(StoreError, match="lacks trial, seed"):
        from_document(document, "row 1")


def test_an_integer_is_a_number_too(make_row):
    """JSON written elsewhere may say 1 for 1.0."""
    row = from_document(to_document(make_row()) | {"density": 1}, "row 1")

    assert row.density == 1.0
    assert isinstance(row.density, float)
