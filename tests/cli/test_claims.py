"""``prunebench claims`` on runs and on printed numbers."""

import json
import re
import subprocess
import sys

import pytest

from prunebench.claims.claim import PUBLISHED, Claim
from prunebench.claims.declare import declaration
from prunebench.claims.file import parse_claims
from prunebench.claims.finding import Judgement
from prunebench.cli.claims import expectation
from prunebench.results.folder import write_record, write_results
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

CLAIMS = """
[[claims]]
id = "C1"
title = "the ticket is better"
papers = "Nobody 2020"
[claims.t1]
benchmark = "bench"
note = "in small"
[[claims.t1.tests]]
rule = "superior"
x = { protocol = "ticket" }
y = { protocol = "random" }
[[claims.t1.tests]]
rule = "report"
x = { protocol = "ticket" }
[[claims]]
id = "C2"
title = "of another benchmark"
[claims.t1]
benchmark = "other"
[[claims.t1.tests]]
rule = "report"
x = { protocol = "ticket" }
"""


def row(protocol, seed, accuracy):
    """Make a row."""
    return Measurement(
        trial=f"{protocol} {seed}",
        status="ok",
        dataset="digits",
        model="mlp",
        method="magnitude",
        protocol=protocol,
        method_id="magnitude",
        protocol_id=protocol,
        recipe="digits",
        seed=seed,
        target="0.2",
        test_accuracy_last=accuracy,
    )


@pytest.fixture
def run_folder(tmp_path):
    """Give a factory of the folders of runs at tier t1, which declared the claims of `CLAIMS`."""

    def make(name="run", ticket=0.92, copy=CLAIMS, **experiment):
        folder = tmp_path / "store" / "runs" / name
        file = parse_claims(CLAIMS, "claims.toml")
        record = RunRecord(
            id=name,
            created="2026-01-01T00:00:00+00:00",
            command="prunebench run",
            experiment={"benchmark": "bench", "tier": "t1", "claims": ["C1"]} | experiment,
            stages={},
            trainings_naive=0,
            trainings_planned=0,
            claims=declaration(file, ["C1"], "t1"),
        )
        write_record(folder, record)
        rows = [row(p, n, a) for n in range(5) for p, a in (("ticket", ticket), ("random", 0.9))]
        write_results(folder, rows)
        if copy:
            (folder / "claims.toml").write_text(copy)
        return folder

    return make


def test_the_latest_run_is_decided_by_its_own_claims(prunebench, run_folder):
    """The verdict, a line per test with its numbers, and when it was declared."""
    run_folder()
    result = prunebench("claims", "--store", "store")
    lines = result.stdout.splitlines()

    assert (result.exit_code, result.stderr) == (0, "")
    assert lines[:2] == [
        "Claim  Verdict       Statement",
        "C1     CONFIRMED-T1  the ticket is better",
    ]
    assert "C1  CONFIRMED-T1  the ticket is better" in lines
    assert "  in small" in lines
    assert "  declared before training" in lines
    (test,) = (line.split("  ") for line in lines if line.startswith("C1.1"))
    assert [cell.strip() for cell in test if cell] == [
        "C1.1",
        "accuracy: ticket > random",
        "CONFIRMED-T1",
        "+2.00",
        "+2.00 to +2.00",
        "0.031",
        "0.031",
        "5",
    ]
    assert next(line for line in lines if line.startswith("C1.2")).split("  ")[1].endswith("[1]")
    assert "  [1] decides nothing" in lines
    assert lines[-1].startswith("p: > by one-sided sign-flip. ")
    assert "protocol ticket" not in result.stdout


@pytest.mark.parametrize("extra", [("--cells",), ("--claims", "C1")])
def test_the_cells_behind_are_shown_on_request(prunebench, run_folder, extra):
    """Of all claims, or of those that were named; with what was measured there."""
    lines = prunebench("claims", run_folder(), *extra).stdout.splitlines()
    place = lines.index("  C1.1  accuracy: ticket > random")

    assert lines[place + 1 : place + 4] == [
        "    x = 92.00 (± 0.00): protocol ticket",
        "    y = 90.00 (± 0.00): protocol random",
        "    signed-rank 0.031",
    ]


def test_a_line_fits_on_a_screen(prunebench, run_folder):
    """Without the cells no line is longer than 160 letters."""
    text = prunebench("claims", run_folder()).stdout + prunebench("claims", "--published").stdout
    tests = [line for line in text.splitlines() if re.match(r"C\d+\.\d+ ", line)]

    assert len(tests) > 50
    assert max(map(len, tests)) <= 160


def test_a_run_that_does_not_show_a_claim_is_no_error(prunebench, run_folder):
    """The exit code says that the question was answered, not how."""
    result = prunebench("claims", run_folder(ticket=0.8))

    assert result.exit_code == 0
    assert "NOT-SEEN-T1" in result.stdout


def test_runs_are_joined(prunebench, run_folder):
    """A second run of the same benchmark adds its rows; of equal trials the later counts."""
    first, second = run_folder(ticket=0.8), run_folder("later", ticket=0.95)
    result = prunebench("claims", first, second, "--json")
    (claim,) = json.loads(result.stdout)

    assert claim["tests"][0]["n"] == 5
    assert claim["tests"][0]["estimate"] == pytest.approx(5.0)


def test_json_has_the_same_facts(prunebench, run_folder):
    """For machines."""
    result = prunebench("claims", run_folder(), "--json")
    (claim,) = json.loads(result.stdout)

    assert (claim["id"], claim["verdict"]) == ("C1", "CONFIRMED-T1")
    assert claim["declared"] == "declared before training"
    assert [test["p"] for test in claim["tests"]] == [1 / 32, None]


def test_claims_can_be_named(prunebench, run_folder):
    """A named claim is shown even if the run has no cell of it; an unknown one is an error."""
    folder = run_folder()
    named = prunebench("claims", folder, "--claims", "C2, C1")
    unknown = prunebench("claims", folder, "--claims", "C3")

    assert "C2     NOT RUN       of another benchmark" in named.stdout.splitlines()
    assert unknown.exit_code == 2
    assert "unknown claim 'C3'" in unknown.stderr


@pytest.mark.parametrize(
    ("copy", "expected"),
    [
        (CLAIMS.replace("in small", "in great"), "is not the file that the run stored"),
        ("", "is gone"),
    ],
)
def test_a_copy_that_is_not_the_stored_one_is_not_used(prunebench, run_folder, copy, expected):
    """It is warned of, and the shipped claims take its place."""
    result = prunebench("claims", run_folder(copy=copy))

    assert result.exit_code == 0
    assert f"claims.toml {expected}; the shipped claims are used" in result.stderr


def test_changed_claims_are_told_of(prunebench, run_folder, tmp_path):
    """Other claims may be named; a claim whose tests were changed after training says so."""
    changed = tmp_path / "changed.toml"
    changed.write_text(CLAIMS.replace('rule = "superior"', 'rule = "superior"\nmargin = 1', 1))
    result = prunebench("claims", run_folder(), "--claims-file", changed)

    assert "  CHANGED SINCE TRAINING: its tests are not those that were declared" in result.stdout


def test_rows_of_a_scaled_run_carry_no_full_verdict(prunebench, run_folder):
    """Asking for another tier is refused."""
    result = prunebench("claims", run_folder(), "--tier", "t2")

    assert result.exit_code == 2
    assert "the run was made at tier t1" in result.stderr


def test_a_run_of_ones_own_needs_a_tier(prunebench, run_folder, tmp_path):
    """Without one nothing can be decided; with one, all claims can."""
    folder = run_folder(tier="", benchmark="")
    without = prunebench("claims", folder)
    given = prunebench("claims", folder, "--tier", "t1")

    assert without.exit_code == 2
    assert "the run records no tier" in without.stderr
    assert given.stdout.splitlines()[1].startswith("C1     CONFIRMED-T1")
    assert given.stdout.splitlines()[2].startswith("C2     REPORTED")


def test_a_run_without_claims_says_so(prunebench, run_folder, tmp_path):
    """Nothing is printed but the reason."""
    text = CLAIMS.replace('"bench"', '"third"')
    file = tmp_path / "others.toml"
    file.write_text(text)
    result = prunebench("claims", run_folder(), "--claims-file", file)

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "prunebench: these runs deliver the cells of no claim.\n"


def test_published_numbers_are_decided_too(prunebench):
    """The shipped tables give the verdicts that are expected of them."""
    result = prunebench("claims", "--published", "--claims", "C9,C10,C12")
    lines = result.stdout.splitlines()

    assert result.exit_code == 0
    assert [line.split()[:2] for line in lines[1:4]] == [
        ["C9", "CONFIRMED"],
        ["C10", "CONFIRMED"],
        ["C12", "OPEN"],
    ]
    assert lines.count("  expected: CONFIRMED") == 2
    assert sum("+0.26" in line and "5 and 5" in line for line in lines) == 1


@pytest.mark.parametrize("extra", [("run",), ("--tier", "t1")])
def test_published_numbers_have_neither_run_nor_tier(prunebench, extra):
    """They are of the papers."""
    result = prunebench("claims", "--published", *extra)

    assert result.exit_code == 2
    assert "--published needs neither runs nor a tier" in result.stderr


def test_no_torch_is_needed():
    """The command answers in the time of a report."""
    code = (
        "import sys; from click.testing import CliRunner; from prunebench.cli import main; "
        "r = CliRunner().invoke(main, ['claims', '--published']); "
        "assert r.exit_code == 0, r.output; assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("verdict", "said"),
    [("CONFIRMED", "expected: CONFIRMED"), ("REFUTED", "expected: CONFIRMED, which this is not")],
)
def test_a_verdict_on_printed_numbers_that_nobody_expected_is_told(verdict, said):
    """Whoever reads the list need not compare two words."""
    claim = Claim("C0", "a claim", expected="CONFIRMED")

    assert expectation(Judgement(claim, PUBLISHED, verdict)) == said
    assert expectation(Judgement(claim, "t2", verdict)) == ""
