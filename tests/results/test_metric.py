"""How metrics are printed, read from what a stranger's run.json may say."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.results.folder import read_record, write_record
from prunebench.results.metric import Printed, printed, printed_metrics
from prunebench.results.record import RunRecord

TOLD = {"paper": "Guo", "unit": "%", "scale": 100.0, "decimals": 1, "direction": "lower"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=400),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=3,
)


def test_what_was_recorded_is_read():
    """Each field, in the order in which the metrics were asked for."""
    found = printed_metrics({"b": TOLD, "a": {}})

    assert found == (Printed("b", "Guo", "%", 100.0, 1, "lower"), Printed("a"))


def test_metrics_that_the_record_does_not_name_follow(make_row):
    """Their values are printed as they are."""
    rows = [make_row(metrics={"x": 1.0, "a": 2.0}), make_row(metrics={"y": 1.0})]

    assert [one.label for one in printed_metrics({"a": TOLD}, rows)] == ["a", "x", "y"]


@given(st.dictionaries(st.sampled_from(list(TOLD)), JSON) | JSON)
def test_anything_can_be_read(said):
    """What cannot be used is replaced by a default; texts have an end."""
    found = printed("m", said)

    assert 0 < found.scale < 1e15
    assert found.decimals in range(10)
    assert found.direction in ("", "higher", "lower")
    assert max(len(found.paper), len(found.unit)) <= 300


def test_an_old_record_has_no_metrics(tmp_path):
    """A run.json without the field is read; one with something else in it is damaged."""
    record = RunRecord("i", "c", "prunebench run", {}, {}, 0, 0, metrics={"ece": TOLD})
    write_record(tmp_path, record)
    written = json.loads((tmp_path / "run.json").read_text())
    assert read_record(tmp_path).metrics == {"ece": TOLD}

    del written["metrics"]
    (tmp_path / "run.json").write_text(json.dumps(written))
    assert read_record(tmp_path).metrics == {}

    (tmp_path / "run.json").write_text(json.dumps(written | {"metrics": ["ece"]}))
    with pytest.raises(Exception, match="metrics must hold a table"):
        read_record(tmp_path)
