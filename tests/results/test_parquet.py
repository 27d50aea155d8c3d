import json
from importlib.metadata import version

import pytest
from pandas.testing import assert_frame_equal

from prunebench.errors import SpecError
from prunebench.results.columns import columns, from_document
from prunebench.results.folder import write_record, write_results
from prunebench.results.frame import load_results, rows_to_csv, to_frame
from prunebench.results.parquet import check_parquet, write_parquet
from prunebench.results.record import RunRecord

pq = pytest.importorskip("pyarrow.parquet")

NESTED = {column.name for column in columns() if column.kind == "nested"}


@pytest.fixture
def run(tmp_path, make_row):
    """Give the folder of a run with a full row and one that is nearly empty."""
    full = make_row(
        trial="a",
        density=1 / 3,
        realised=True,
        params_dense=266610,
        reason='he said "no",\r\nand left – ünïcode',
        settings={"method": {"scope": "global", "plan": None}},
        layer_densities={"conv1": 0.1},
        curve={"step": [1.0], "train_loss": [None]},
    )
    folder = tmp_path / "run"
    write_results(folder, [full, make_row(trial="b", status="failed", seed=1)])
    write_record(folder, RunRecord("20260101-abc", "", "", {}, {}, 0, 0))
    return folder


def read_back(path):
    """Read rows as any other tool would, and parse what is JSON text."""
    return [
        from_document(
            {name: json.loads(cell) if name in NESTED else cell for name, cell in row.items()},
            "row",
        )
        for row in pq.read_table(path).to_pylist()
    ]


def test_a_file_holds_what_load_results_gives(run, tmp_path):
    """Every value, exactly; null where nothing was measured."""
    write_parquet(run, tmp_path / "results.parquet")

    found = to_frame(read_back(tmp_path / "results.parquet"))

    assert_frame_equal(found, load_results(run))


def test_columns_have_types_that_no_value_decides(run, tmp_path, make_row):
    """Those of results.csv in its order; a run of empty rows has the types of a full one."""
    write_parquet(run, tmp_path / "full.parquet")
    write_results(run, [make_row()])
    write_parquet(run, tmp_path / "bare.parquet")
    write_results(run, [])
    write_parquet(run, tmp_path / "none.parquet")
    full, bare, none = (pq.read_schema(tmp_path / f"{n}.parquet") for n in ("full", "bare", "none"))
    kinds = {"integer": "int64", "number": "double", "truth": "bool"}

    assert full.equals(bare)
    assert full.equals(none)
    assert {field.name: str(field.type) for field in full} == {
        column.name: kinds.get(column.kind, "string") for column in columns()
    }
    assert ",".join(full.names) == rows_to_csv([]).strip()
    assert {field.name for field in full if field.nullable} == {
        column.name for column in columns() if column.optional
    }


def test_metadata_say_where_it_comes_from(run, tmp_path):
    """Run, schema of the rows, and version; without a run's record no run is named."""
    write_parquet(run, tmp_path / "of-run.parquet")
    (tmp_path / "alone.csv").write_bytes(
        rows_to_csv(read_back(tmp_path / "of-run.parquet")).encode()
    )
    write_parquet(tmp_path / "alone.csv", tmp_path / "alone.parquet")
    told = {b"prunebench.schema": b"1", b"prunebench.version": version("prunebench").encode()}

    assert pq.read_schema(tmp_path / "of-run.parquet").metadata == {
        b"prunebench.run": b"20260101-abc",
        **told,
    }
    assert pq.read_schema(tmp_path / "alone.parquet").metadata == told


def test_integers_beyond_64_bits_stay_whole(run, tmp_path, make_row):
    """A double would round them; no other column changes its type for it."""
    write_results(run, [make_row(total_macs=10**30 - 1), make_row(seed=1, total_macs=-1)])
    write_parquet(run, tmp_path / "large.parquet")
    table = pq.read_table(tmp_path / "large.parquet")

    assert [int(value) for value in table["total_macs"].to_pylist()] == [10**30 - 1, -1]
    assert str(table.schema.field("dense_macs").type) == "int64"


def test_equal_results_give_equal_bytes(run, tmp_path):
    """Nothing of the moment is in the file."""
    write_parquet(run, tmp_path / "one.parquet")
    write_parquet(run, tmp_path / "two.parquet")

    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_without_pyarrow_it_is_said_how_to_get_it(monkeypatch):
    """One sentence, and not the traceback of an import."""
    monkeypatch.setattr("prunebench.results.parquet.NEEDED", "arrow_of_nobody")

    with pytest.raises(SpecError, match=r"not installed; run pip install 'prunebench\[parquet\]'"):
        check_parquet()
