import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import prunebench
from prunebench.errors import SpecError, StoreError
from prunebench.results.columns import columns
from prunebench.results.folder import write_record, write_results
from prunebench.results.frame import (
    from_csv,
    from_json,
    load_results,
    load_rows,
    to_csv,
    to_frame,
    to_json,
    to_rows,
)
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBER = st.floats(-1e149, 1e149)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
NESTED = {
    "settings": st.dictionaries(TEXT, JSON, max_size=2),
    "layer_densities": st.dictionaries(TEXT, NUMBER, max_size=2),
    "metrics": st.dictionaries(TEXT, NUMBER, max_size=2),
    "curve": st.dictionaries(TEXT, st.lists(st.none() | NUMBER, max_size=3), max_size=2),
    "latency": st.fixed_dictionaries(
        {}, optional={"device": TEXT, "batches": st.dictionaries(st.just("8"), JSON)}
    ),
}
KINDS = {
    "integer": st.integers(-(2**63), 2**63 - 1),
    "number": NUMBER,
    "truth": st.booleans(),
    "text": TEXT,
}


def values_of(column):
    """Give every value that a column may hold."""
    if column.name == "status":
        return st.sampled_from(["ok", "diverged", "collapsed", "failed", "blocked"])
    if column.name == "schema":
        return st.just(1)
    values = NESTED[column.name] if column.kind == "nested" else KINDS[column.kind]
    return st.none() | values if column.optional else values


ROW = st.builds(Measurement, **{column.name: values_of(column) for column in columns()})


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ROW, max_size=3))
def test_rows_survive_every_form(rows):
    """Frame, CSV and JSON hold exactly what the rows held."""
    frame = to_frame(rows)

    assert to_rows(frame) == rows
    assert from_csv(to_csv(frame), "results.csv") == rows
    assert from_json(to_json(frame), "results.json") == rows


@pytest.fixture
def rows(make_row):
    """Two rows, one of them nearly empty."""
    full = make_row(
        trial="a",
        density=1 / 3,
        realised=True,
        params_dense=266610,
        reason='he said "no",\r\nand left',
        settings={"method": {"scope": "global"}},
        layer_densities={"conv1": 0.1},
        curve={"step": [1.0], "train_loss": [None]},
    )
    return [full, make_row(trial="b", status="failed", seed=1)]


def test_each_form_loads_as_the_same_frame(tmp_path, rows):
    """A run's folder, its store, and files of three kinds give one frame."""
    run = tmp_path / "store" / "runs" / "20260101"
    write_results(run, rows)
    write_record(run, RunRecord("20260101", "", "", {}, {}, 0, 0))
    (tmp_path / "results.csv").write_text(to_csv(to_frame(rows)), newline="")
    (tmp_path / "results.json").write_text(to_json(to_frame(rows)))

    wanted = to_frame(rows)

    for path in (
        tmp_path / "store",
        run,
        run / "results.jsonl",
        tmp_path / "results.csv",
        tmp_path / "results.json",
        str(tmp_path),
    ):
        assert_frame_equal(load_results(path), wanted)


def test_types_do_not_depend_on_the_values(make_row):
    """An empty frame has the types of a full one."""
    frame = to_frame([])

    assert_frame_equal(to_frame([make_row()]).iloc[:0], frame, check_index_type=False)
    assert str(frame["params_dense"].dtype) == "Int64"
    assert str(frame["density"].dtype) == "float64"
    assert str(frame["realised"].dtype) == "boolean"
    assert pd.api.types.is_string_dtype(frame["method"])
    assert from_csv(to_csv(frame), "results.csv") == []


def test_a_filtered_frame_can_be_written(rows):
    """What a person selects goes out as it is."""
    frame = to_frame(rows)
    chosen = frame[frame["seed"] == 1]

    assert from_csv(to_csv(chosen), "results.csv") == rows[1:]


def test_json_is_strict(rows):
    """Nothing measured is null, never NaN."""
    text = to_json(to_frame(rows))

    assert "NaN" not in text
    assert '"density": null' in text


def test_a_frame_must_have_the_columns_of_a_row(rows):
    """A dropped or added column is named."""
    with pytest.raises(SpecError, match="'density'"):
        to_csv(to_frame(rows).drop(columns="density"))
    with pytest.raises(SpecError, match="'verdict'"):
        to_json(to_frame(rows).assign(verdict="good"))


@pytest.mark.parametrize(
    ("read", "text", "complaint"),
    [
        (from_csv, "", "is not a table"),
        (from_csv, "trial,glitter\na,1\n", "unknown field 'glitter'"),
        (from_csv, "trial,seed\na,x\n", "row 1: seed must hold integer, got 'x'"),
        (from_csv, "trial,seed\na,NaN\n", "lacks status"),
        (from_json, "[", "is not JSON"),
        (from_json, "{}", "must hold a list"),
        (from_json, "[3]", "row 1: a row must be a JSON object"),
    ],
)
def test_damage_is_a_clear_error(read, text, complaint):
    """A file that is not ours says where and why."""
    with pytest.raises(StoreError, match=complaint):
        read(text, "file")


def test_no_results_is_a_clear_error(tmp_path):
    """A missing file and an empty folder are told apart from damage."""
    with pytest.raises(SpecError, match="there are no results at"):
        load_rows(tmp_path / "results.csv")
    with pytest.raises(SpecError, match="no run in the store"):
        load_rows(tmp_path)


def test_the_package_offers_its_results_lazily():
    """`import prunebench` loads neither pandas nor torch; loading results never needs torch."""
    code = (
        "import sys, prunebench, prunebench.results.folder\n"
        "assert not {'pandas', 'torch', 'matplotlib'} & set(sys.modules)\n"
        "prunebench.load_results\n"
        "assert 'torch' not in sys.modules\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True)

    assert prunebench.load_results is load_results
    assert prunebench.__version__.count(".") == 2
    with pytest.raises(AttributeError, match="no attribute 'load_result'"):
        prunebench.load_result  # noqa: B018 (the access is what is tested)


def test_integers_beyond_64_bits_survive(make_row):
    """Multiply-adds of long iterative pruning on large images may be as many."""
    row = make_row(total_macs=10**20)
    frame = to_frame([row])

    assert frame["total_macs"].tolist() == [10**20]
    assert to_rows(frame) == [row]


def test_a_frame_can_have_some_columns_alone(rows):
    """Those that are named, as they are in the whole frame."""
    found = to_frame(rows, ["seed", "test_accuracy_last", "status"])

    assert_frame_equal(found, to_frame(rows)[["status", "seed", "test_accuracy_last"]])
