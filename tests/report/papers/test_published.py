import csv

import pytest

from prunebench.errors import SpecError
from prunebench.experiment.shipped import benchmarks_folder
from prunebench.report.papers.published import COLUMNS, STANDINGS, Published, read_published

ROW = {
    "table": "Table 11(b)",
    "dataset": "CIFAR-10",
    "model": "VGG-16",
    "method": "magnitude",
    "printed": "20%",
    "target": "0.8",
    "protocol": "random",
    "metric": "test_accuracy",
    "mean": "92.52",
    "sd": "0.15",
    "n": "5",
    "lr": "0.01",
    "standing": "read",
    "source": "Liu et al. 2019, table 11",
    "note": "a remark, with a comma",
    "footnote": "suspected copy error",
}


@pytest.fixture
def write(tmp_path):
    """Write rows as a file of published numbers."""

    def write_rows(*rows, columns=COLUMNS):
        path = tmp_path / "paper.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write_rows


def test_numbers_stay_as_they_are_printed(write):
    """Two decimals are two decimals, and an empty n is no n."""
    (row,) = read_published(write(ROW | {"mean": "92.50", "n": ""}))

    assert row == Published(
        dataset="CIFAR-10",
        model="VGG-16",
        method="magnitude",
        printed="20%",
        target="0.8",
        protocol="random",
        metric="test_accuracy",
        mean="92.50",
        sd="0.15",
        n="",
        lr="0.01",
        standing="read",
        source="Liu et al. 2019, table 11",
        footnote="suspected copy error",
        table="Table 11(b)",
    )
    assert row.value == 92.5


def test_further_columns_are_passed_over(write):
    """A file may say more, such as sizes."""
    path = write(ROW | {"params": "1.5e7"}, columns=(*COLUMNS, "params"))

    assert len(read_published(path)) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"mean": ""}, "line 2: mean = '' is no number."),
        ({"mean": "nan"}, "line 2: mean = 'nan' is no number."),
        ({"sd": "±0.2"}, "line 2: sd = '±0.2' is no number."),
        ({"sd": "-0.2"}, "line 2: sd = '-0.2' is no number from 0 on."),
        ({"mean": "1e308"}, "line 2: mean = '1e308' is no number."),
        ({"mean": "=1+1"}, "line 2: mean = '=1+1' is no number."),
        ({"n": "0"}, "line 2: n = '0' is no number of runs."),
        ({"n": "2.5"}, "line 2: n = '2.5' is no number of runs."),
        ({"lr": "-0.1"}, "line 2: lr = '-0.1' is no learning rate."),
        (
            {"standing": "heard"},
            "line 2: standing = 'heard'; write read or second-hand or memory.",
        ),
    ],
)
def test_unusable_entries_are_told_with_their_line(write, change, sentence):
    """The file and the line are named."""
    path = write(ROW | change)

    with pytest.raises(SpecError) as caught:
        read_published(path)

    assert str(caught.value) == f"{path}, {sentence}"


def test_a_missing_column_and_a_missing_file_are_told(write, tmp_path):
    """Both in one sentence."""
    path = write(ROW, columns=COLUMNS[:-1])

    with pytest.raises(SpecError, match=r"lacks the column 'footnote'; it needs table, dataset"):
        read_published(path)
    with pytest.raises(SpecError, match=r"cannot read the published numbers .*none\.csv"):
        read_published(tmp_path / "none.csv")


def test_a_row_with_a_comma_too_many_is_told(tmp_path):
    """An unquoted comma moves everything behind it."""
    path = tmp_path / "paper.csv"
    path.write_text(f"{','.join(COLUMNS)}\n{','.join(ROW.values())}\n")

    with pytest.raises(SpecError, match=r"line 2 has not as many entries as the headings"):
        read_published(path)


def test_every_shipped_table_of_results_can_be_read():
    """Those with a metric are results; every number has a source and a standing."""
    found = 0
    for path in sorted((benchmarks_folder() / "paper").glob("*.csv")):
        if "metric" not in path.read_text("utf-8").splitlines()[0].split(","):
            continue
        for row in read_published(path):
            assert row.source
            assert row.standing in STANDINGS
            found += 1

    assert found > 100


def test_a_byte_order_mark_is_passed_over(write):
    """Spreadsheets begin their UTF-8 with one."""
    path = write(ROW)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert len(read_published(path)) == 1
