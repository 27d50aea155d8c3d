import csv
import io
import json

import pytest

from prunebench.leaderboard.tables.downloads import downloads
from prunebench.leaderboard.tables.table import table, to_csv, to_json

COST_KINDS = ((0, "epochs"), (1, "macs"))


def read_csv(content):
    """Read a table with the standard library."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def read_json(content):
    """Read a table as its own columns say."""
    found = json.loads(content)
    return [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]


@pytest.fixture
def files(build, submit, trials_of):
    """Give the downloads of two methods, one of which has a formula for a name."""
    rows = [
        trials_of(method, (0.8, 0.81, value), density)
        for method, value in (("magnitude", 0.82), ("=HYPERLINK(1)", 0.9))
        for density in (0.5, 0.25)
    ]
    return downloads(build(submit(*rows, by='-Ada, "Countess"\n')))


def test_every_table_is_there_twice(files):
    """Each has a CSV and a JSON; those of a board lie below its slug."""
    whole = [
        "boards",
        "bundles",
        "environments",
        "history",
        "matrix",
        "methods",
        "open",
        "overall",
        "plugins",
        "reproduced",
        "trials",
    ]
    board = ["digits-mlp-finetune/" + name for name in ("cells", "fronts", "standings")]
    expected = {f"{name}.{kind}" for name in [*whole, *board] for kind in ("csv", "json")}

    assert set(files) == expected


def test_csv_and_json_hold_the_same(files):
    """Numbers agree to the last digit, and so does the order."""
    cells = read_json(files["digits-mlp-finetune/cells.json"])
    lines = read_csv(files["digits-mlp-finetune/cells.csv"])

    assert [float(line["mean"]) for line in lines] == [cell["mean"] for cell in cells]
    assert [line["sd"] for line in lines] == [repr(cell["sd"]) for cell in cells]


def test_formulas_are_disarmed(files):
    """A name that a spreadsheet would compute begins with an apostrophe in CSV, and only there."""
    methods = {line["method"] for line in read_csv(files["methods.csv"])}
    rows = read_json(files["methods.json"])

    assert methods == {"'=HYPERLINK(1)", "magnitude"}
    assert {row["method"] for row in rows} == {"=HYPERLINK(1)", "magnitude"}


def test_quotes_and_lines_survive(files):
    """Commas, quotes and line ends in a name are one cell, as RFC 4180 quotes them."""
    (bundle,) = read_csv(files["bundles.csv"])

    assert bundle["submitter"] == '\'-Ada, "Countess"\n'


def test_json_says_which_state_it_is(files):
    """A table names suite, date and bundles, so that it can be cited."""
    found = json.loads(files["boards.json"])

    assert (found["suite"], found["newest"]) == ("small@1.0", "2025-01-01T00:00:00Z")
    assert [len(address) for address in found["bundles"]] == [64]


def test_trials_have_their_facts(files):
    """One line for each row, dense ones too, with what it cost."""
    lines = read_csv(files["trials.csv"])
    costs = {(line["method"], line["ratio"]): line["macs_sparse"] for line in lines}

    assert len(lines) == 15
    assert costs["magnitude", "4x"] == "250"
    assert costs["dense", ""] == "1000"


def test_parts_of_a_cost_sum_to_its_total(build, submit, trials_of):
    """Dense training, tuning, pruning and retraining are there, also of a method that was tuned."""
    usual = {"dense": (10.0, 3000), "pruning": (2.0, 400)}
    given = {f"{part}_{kind}": usual[part][place] for part in usual for place, kind in COST_KINDS}
    tuned = {"tuning_epochs": 30.0, "tuning_macs": 9000, "tuning_seconds": 2.0}
    own = {**given, "epochs": 4.0, "retraining_macs": 600}
    plain = trials_of("magnitude", (0.8,), given={**own, "total_epochs": 16.0, "total_macs": 4000})
    long = trials_of(
        "sss", (0.8,), given={**own, **tuned, "total_epochs": 46.0, "total_macs": 13000}
    )
    lines = read_csv(downloads(build(submit(plain, long)))["trials.csv"])
    pruned = {line["method"]: line for line in lines if line["method"] != "dense"}

    assert pruned["sss"]["tuning_epochs"] == "30.0"
    assert {line["regularized_by"] for line in lines} == {""}
    for line in pruned.values():
        for kind, last in (("epochs", "epochs"), ("macs", "retraining_macs")):
            parts = [*(f"{part}_{kind}" for part in ("dense", "tuning", "pruning")), last]

            assert sum(float(line[part] or 0) for part in parts) == float(line[f"total_{kind}"])


def test_what_trials_name_by_a_number_is_in_another_table(files):
    """Every plugin and every environment of a trial is found, with its facts."""
    lines = read_csv(files["trials.csv"])
    plugins = {line["plugin"]: line for line in read_csv(files["plugins.csv"])}
    facts = {(line["environment"], line["fact"]) for line in read_csv(files["environments.csv"])}
    own = [line for line in lines if line["method"] == "magnitude"]

    assert {plugins[line["plugin"]]["distribution"] for line in own} == {"prunebench"}
    assert {(line["environment"], "processor") for line in lines} <= facts
    assert {line["plugin"] for line in lines if line["method"] == "dense"} == {""}


def test_a_table_says_how_it_is_read(files):
    """Names of columns stand once, each row has as many values, and a sentence says so."""
    found = json.loads(files["trials.json"])

    assert found["about"].startswith("Each row has a value for each of the columns")
    assert {len(row) for row in found["rows"]} == {len(found["columns"])}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " =", "\n=", "\uff1d"])
def test_every_start_of_a_formula_is_known(start):
    """Whatever a spreadsheet takes for a formula is disarmed; numbers stay numbers."""
    found = to_csv(table("t", "a b", [[f"{start}1", -1.5]]))

    assert next(csv.reader(io.StringIO(found.split("\r\n", 1)[1], newline=""))) == [
        f"'{start}1",
        "-1.5",
    ]


@pytest.mark.parametrize("hidden", ["\t", "\r", "\x1b", "\u202e", "\u200b", "\ufeff", "\ud800"])
def test_hidden_characters_hide_no_formula(hidden):
    """What nobody sees is dropped before a formula is looked for, and can be written as UTF-8."""
    found = to_csv(table("t", "a b", [[f"{hidden}=1", f"a{hidden}b"]]))

    assert found.encode() == b"a,b\r\n'=1,ab\r\n"


def test_lines_end_as_the_standard_says():
    """CSV lines end with CR and LF; an empty cell is nothing measured."""
    assert to_csv(table("t", "a b", [[None, True]])) == "a b".replace(" ", ",") + "\r\n,true\r\n"


def test_json_is_strict():
    """No table holds NaN, which no other reader knows."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(table("t", "a", [[float("nan")]]), {})
