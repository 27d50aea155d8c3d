"""Outcomes on a terminal, as JSON and as Markdown."""

import json
from pathlib import Path

import pytest

from benchmarks.speed import page
from benchmarks.speed.case import Goal
from benchmarks.speed.outcome import Outcome
from benchmarks.speed.record import Record, as_json, from_json, record_of
from benchmarks.speed.table import HEADERS, number, row
from prunebench.errors import SpecError

LOOP = Outcome(
    case="lenet-adam",
    about="tight loop / our loop",
    kind="ratio",
    formula="plain / ours",
    unit="steps",
    amount=100,
    samples=({"ours": 0.5, "plain": 0.4}, {"ours": 0.4, "plain": 0.4}, {"ours": 0.4, "plain": 0.5}),
    values=(0.8, 1.0, 1.25),
    goal=Goal(0.9),
    is_guarded=True,
)
"""Both sides' median is 0.4 s. Tenths of the ratios: 0.8 + 0.2 · 0.2 and 1.25 - 0.2 · 0.25."""

START = Outcome(
    case="start-help",
    about="prunebench --help",
    kind="seconds",
    formula="ours",
    unit="",
    amount=1,
    samples=({"torch": 1.25, "ours": 0.75},),
    values=(0.75,),
    goal=Goal(0.5, at_most=True),
)
MACHINE = {
    "python": "3.12.1",
    "libraries": {"torch": "2.13.0", "prunebench": "0.1.0"},
    "processor": "A processor",
    "cores": 2,
    "gpu": None,
}


def record(*outcomes, **changes):
    """Make a record of a day."""
    given = {
        "date": "2026-01-02T03:04:05+00:00",
        "size": "full",
        "repeats": 9,
        "commit": "abc",
        "machine": MACHINE,
        "outcomes": outcomes,
    }
    return Record(**{**given, **changes})


def test_a_row_of_a_ratio():
    """Value, tenths, goal, verdict, and both speeds in steps per second."""
    assert dict(zip(HEADERS, row(LOOP), strict=True)) == {
        "case": "lenet-adam",
        "value": "1.00x",
        "p10..p90": "0.84..1.20",
        "goal": ">= 0.90x",
        "met": "yes",
        "ours": "250 steps/s",
        "beside it": "plain 250 steps/s",
    }


def test_a_row_of_seconds():
    """Seconds have no speed; a single round has no spread; ours comes first."""
    assert row(START) == ["start-help", "0.75 s", "-", "<= 0.5 s", "no", "0.75 s", "torch 1.25 s"]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (17.94, "ratio", "17.9x"),
        (0.0012, "share", "0.1 %"),
        (119.9, "seconds", "120 s"),
        (5400.0, "seconds", "90 minutes"),
    ],
)
def test_values_by_kind(value, kind, expected):
    """Large ratios lose a digit; long times are told in larger units."""
    assert number(value, kind) == expected


def test_a_record_survives_json():
    """What is written is read again, and medians and verdicts stand beside the samples."""
    written = record(LOOP, START)
    document = json.loads(json.dumps(as_json(written), allow_nan=False))

    assert from_json(document) == written
    assert document["schema"] == 1
    assert [entry["met"] for entry in document["outcomes"]] == [True, False]
    assert [entry["median"] for entry in document["outcomes"]] == [1.0, 0.75]


def test_a_record_describes_the_machine(tiny):
    """Versions, processor, cores, device, threads, size and rounds are in it."""
    got = record_of(tiny, 3, [LOOP])

    assert got.machine["libraries"]["torch"]
    assert got.machine["libraries"]["prunebench"]
    assert got.machine["processor"]
    assert (got.machine["device"], got.machine["threads_per_worker"]) == ("cpu", 1)
    assert (got.size, got.repeats, got.outcomes) == ("tiny", 3, (LOOP,))


def test_one_record_as_markdown():
    """A table of everything, then where and with what."""
    assert page.markdown([("now", record(START))]).splitlines() == [
        "| case | compared | value | p10..p90 | goal | met | ours | beside it |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        "| start-help | prunebench --help | 0.75 s | - | <= 0.5 s | no | 0.75 s | torch 1.25 s |",
        "",
        "- now: 2026-01-02, A processor, 2 cores, one thread; Python 3.12.1, torch 2.13.0, "
        "prunebench 0.1.0 (abc); full size, at most 9 rounds.",
    ]


def test_two_records_beside_each_other():
    """A column for each; a case that one of them lacks has a dash there."""
    lines = page.markdown([("a", record(LOOP)), ("b", record(LOOP, START))]).splitlines()

    assert lines[0] == "| case | compared | goal | a | b |"
    assert lines[2] == (
        "| lenet-adam | tight loop / our loop | >= 0.90x | 1.00x [0.84..1.20], met | "
        "1.00x [0.84..1.20], met |"
    )
    assert lines[3].endswith("| - | 0.75 s [-], missed |")
    assert [line[:4] for line in lines[5:]] == ["- a:", "- b:"]


def test_blocks_of_a_page_are_written_anew(tmp_path):
    """What stands between the marks is replaced, whatever it was; the rest stays."""
    (tmp_path / "now.json").write_text(json.dumps(as_json(record(START))))
    text = "# Page\n\n<!-- table: now.json -->\nold\n<!-- end of table -->\nafter\n"
    got = page.renewed(text, tmp_path)

    assert got.startswith("# Page\n\n<!-- table: now.json -->\n\n| case |")
    assert got.endswith("rounds.\n\n<!-- end of table -->\nafter\n")
    assert "old" not in got
    assert page.renewed(got, tmp_path) == got


def test_the_readme_is_fresh():
    """Its tables are those of the results that are committed."""
    text = page.README.read_text("utf-8")

    assert page.renewed(text, page.README.parent) == text, (
        "run `python -m benchmarks.speed --readme`."
    )


@pytest.mark.parametrize("path", sorted(page.README.parent.glob("results/*.json")), ids=str)
def test_committed_results_are_whole(path):
    """Every committed record reads, is of full size, and names versions and machine."""
    got = page.read_record(path)

    assert got.size == "full"
    assert got.outcomes
    assert page.caption("x", got)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is no record of speeds"),
        ("[]", "is no record of speeds"),
        ('{"schema": 2}', "not a record of schema 1, got 2"),
        ('{"schema": 1}', "is no record of speeds: 'date'"),
    ],
)
def test_what_is_no_record_is_refused(text, complaint, tmp_path):
    """One sentence says what is wrong."""
    (tmp_path / "file.json").write_text(text)

    with pytest.raises(SpecError, match=complaint):
        page.read_record(tmp_path / "file.json")


def test_a_missing_record_is_refused():
    """The file is named."""
    with pytest.raises(SpecError, match=r"cannot read nowhere\.json: No such file"):
        page.read_record(Path("nowhere.json"))
