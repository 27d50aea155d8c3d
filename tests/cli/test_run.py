"""``prunebench run`` and ``plan``: flags, output, exit codes."""

import json
import re
from pathlib import Path

import click
import pytest

from prunebench.cli.asking import EXPERIMENT_OPTIONS, read_flags
from prunebench.cli.run import run as run_command
from prunebench.experiment.experiment import Experiment
from prunebench.experiment.schema import ExperimentFile, validate
from prunebench.results.folder import latest_run, read_record, read_rows

HERE = ("--workers", "0", "--store", "store")


def flags_of(*words):
    """Parse flags as the command line does, into TOML keys."""
    context = run_command.make_context("run", list(words))
    names = {option.name for option in context.command.params} & set(ExperimentFile.model_fields)
    return read_flags({name: context.params[name] for name in names})


def test_every_flag_is_a_key():
    """Options that say what is asked for have the names of TOML keys; the others are for files."""
    in_files_alone = {
        *("name", "about", "source", "benchmark", "tier", "claims", "only_claims", "tables"),
        *("parts", "stands_for", "recipe", "required_plugins"),
    }
    names = {click.command()(option(lambda: None)).params[0].name for option in EXPERIMENT_OPTIONS}

    assert names == set(ExperimentFile.model_fields) - in_files_alone


def test_flags_read_as_their_toml():
    """Lists may be comma-separated or repeat, brackets protect commas, numbers are numbers."""
    found = flags_of(
        "--methods",
        "magnitude[scope=global,a=1],l1filter",
        "--methods",
        "x",
        "--sparsities",
        "0.5,0.8",
        "--seeds",
        "4",
    )

    assert found == {
        "methods": ["magnitude[scope=global,a=1]", "l1filter", "x"],
        "sparsities": [0.5, 0.8],
        "densities": None,
        "seeds": 4,
    }
    assert validate({**found, "methods": ["l1filter"]}, "test").densities == (0.5, 0.2)


def test_metrics_are_read_like_methods():
    """Lists with brackets; the record of the experiment says them again."""
    found = flags_of("--metrics", "ece[bins=15,x=1],agreement", "--metrics", "margin")
    asked = validate(found, "test")

    assert found == {"metrics": ["ece[bins=15,x=1]", "agreement", "margin"]}
    assert [choice.label for choice in asked.metrics] == found["metrics"]
    assert validate(asked.record(), "test") == asked


def test_metrics_of_a_run_are_in_its_table_and_its_report(prunebench, tiny):
    """Asked for by a flag; an unknown one is told before anything is trained."""
    wrong = prunebench("run", tiny, "--metrics", "eec", *HERE)
    result = prunebench("run", tiny, "--metrics", "ece[bins=5],agreement", *HERE)
    shown = prunebench("results", "--store", "store", "--format", "json")
    rows = {row["method"]: row["metrics"] for row in json.loads(shown.stdout)}
    page = latest_run(Path("store")).joinpath("report.md").read_text("utf-8")

    assert wrong.exit_code == 2
    assert "unknown metric 'eec'; did you mean 'ece'?" in wrong.stderr
    assert result.exit_code == 0
    assert set(rows["magnitude"]) == {"ece[bins=5]", "agreement"}
    assert set(rows["dense"]) == {"ece[bins=5]"}
    assert "### Metric ece\\[bins=5\\] (%)\n\nIn %, ↓ lower is better; at the last step" in page
    agreement = f"{100 * rows['magnitude']['agreement']:.2f}"
    assert f"| magnitude | 0.5 | {agreement} |" in page


def test_no_flag_is_no_key():
    """Without flags the experiment is the default one."""
    assert flags_of() == {}
    assert validate(flags_of(), "test") == Experiment()


def test_flags_override_files(prunebench, tiny):
    """A flag replaces the file's key, or its other way of saying it; the rest stays."""
    done = prunebench("plan", tiny, "--sparsities", "0.5,0.8", "--seeds", 2, "--json", *HERE)
    facts = json.loads(done.stdout)

    assert done.exit_code == 0
    assert facts["rows"] == 2 * (1 + 2)
    assert facts["stages"]["train"] == 2 * (1 + 2)


def test_flags_override_benchmarks(prunebench):
    """A shipped benchmark is named; flags narrow it."""
    words = ("smoke", "--methods", "l1filter", "--protocols", "none", *HERE)
    done = prunebench("run", *words, "--dry-run", "--json")

    assert json.loads(done.stdout)["rows"] == 2


def test_run_prints_numbers_and_leaves_a_report(prunebench, tiny, tmp_path):
    """Results go to stdout, talk to stderr; the numbers are those of the rows."""
    done = prunebench("run", tiny, *HERE)
    folder = latest_run(tmp_path / "store")
    row = next(row for row in read_rows(folder) if row.protocol_id == "ticket")
    lines = done.stdout.splitlines()

    assert done.exit_code == 0, done.output
    assert lines[0] == "digits · smallconv[width=4]"
    assert lines[1].startswith("Method")
    assert f"{100 * row.test_accuracy_last:.2f}" in done.stdout
    assert [line for line in lines if line.endswith("report.md")]
    assert "7 stages run, 0 reused, 0 failed" in done.stderr
    assert {path.name for path in folder.iterdir()} >= {
        "run.json",
        "results.jsonl",
        "log.txt",
        "plan.json",
        "report.md",
        "report.html",
    }
    plan = json.loads((folder / "plan.json").read_text())
    assert len(plan) == 7
    assert {"key", "kind", "title", "needs"} <= set(plan[0])
    assert (folder / "log.txt").read_text().count("finished") == 7


def test_json_and_nothing_else(prunebench, tiny, strangers, method_source):
    """With --json stdout parses, though a plugin prints at import and while it scores."""
    source = method_source().replace("return {name", "print('noise'); return {name")
    strangers.install("loud", ["loud = loud_one"], {"loud_one.py": source + "\nprint('import')\n"})
    done = prunebench("run", tiny, "--methods", "halves", "--json", *HERE)
    facts = json.loads(done.stdout)

    assert (facts["rows"], facts["failed"], facts["executed"]) == (2, 0, 7)
    assert "noise" in done.stderr


def test_failures_have_exit_code_1(prunebench, tiny, strangers, method_source, tmp_path):
    """A failed trial is in the table and in the exit code; --retry failed repeats that run."""
    source = method_source().replace("return {name", "raise RuntimeError('no [red]'); return {name")
    strangers.install("sad", ["sad = sad_one"], {"sad_one.py": source})
    first = prunebench("run", tiny, "--methods", "halves,magnitude", *HERE)
    again = prunebench("run", "--retry", "failed", *HERE)
    refused = prunebench("run", tiny, "--retry", "failed", *HERE)

    assert (first.exit_code, again.exit_code) == (1, 1)
    assert "failed: halves 0.5 round 1 seed 0: RuntimeError: no [red]" in first.stderr
    assert "0 stages run, 7 reused, 1 failed, 3 blocked" in again.stderr
    assert refused.exit_code == 2
    assert "leave the experiment out" in refused.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--methods", "magnitud"], "did you mean 'magnitude'"),
        (["--model", ""], "model is empty"),
        (["--methods", "magnitude[scop=global]"], "scop"),
        (["--model", "smalcon"], "did you mean 'smallconv'"),
        (["--dataset", "digit"], "did you mean 'digits'"),
        (["--protocols", "tickt"], "did you mean 'ticket'"),
        (["--protocols", "scratch-b[cap=0.5]"], "at least 1"),
        (["--densities", "1.5"], "1.5"),
        (["--densities", "half"], "half"),
        (["--densities", "0.5", "--sparsities", "0.5"], "not both"),
        (["nothere.toml"], "nothere.toml"),
        (["smok"], "did you mean 'smoke'"),
        (["--store", "file/store"], "--store"),
        (["--out", "file/out"], "--out"),
        (["--retry", "failed"], "there is no run in the store"),
    ],
)
def test_mistakes_are_one_sentence(prunebench, tmp_path, words, told):
    """A wrong name, setting or place: exit code 2, one line, nothing on stdout, no traceback."""
    (tmp_path / "file").write_text("")
    done = prunebench("run", *HERE, *words)

    assert done.exit_code == 2, done.output
    assert told in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_needing_a_failed_plugin(prunebench, tiny, strangers):
    """A run that names a plugin that could not be loaded has exit code 3."""
    strangers.install("sad", ["broken = sad_module"], {"sad_module.py": "import not_there"})
    done = prunebench("run", tiny, "--methods", "broken", *HERE)

    assert done.exit_code == 3
    assert "not_there" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_absent_data_offline(prunebench, monkeypatch, tmp_path):
    """Without the network an absent data set is one sentence that says where it was looked for."""
    monkeypatch.setenv("PRUNEBENCH_OFFLINE", "1")
    done = prunebench("run", "--dataset", "mnist", "--data-dir", tmp_path / "data", *HERE)

    assert done.exit_code == 2
    assert "mnist" in done.stderr
    assert str(tmp_path / "data") in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", [["run", "--dry-run"], ["plan"]])
def test_planning_writes_nothing(prunebench, tiny, tmp_path, words):
    """The plan shows counts, an estimate and what is skipped, and leaves no file."""
    before = set(tmp_path.rglob("*"))
    asked = ("--methods", "magnitude,l1filter[plan=vgg16-a]", "--protocols", "none,ticket")
    done = prunebench(*words, tiny, *asked, "--store", "store")

    assert done.exit_code == 0, done.output
    assert set(tmp_path.rglob("*")) == before
    assert "stage     planned  to run  work" in done.stdout
    assert "3 rows; 2 trainings, 3 if every trial trained its own dense network." in done.stdout
    assert re.search(r"About \d+ seconds? on \d+ workers?, by a short probe", done.stdout)
    assert done.stdout.count("skipped: ") == 1
    assert "skipped: l1filter[plan=vgg16-a] vgg16-a under all 2 protocols on" in done.stdout


def test_a_plan_says_what_takes_long(prunebench, tiny):
    """Every kind that is to run has a time, in the table and in JSON; all is more than its part."""
    told = prunebench("plan", tiny, "--workers", "1", "--store", "store").stdout
    facts = json.loads(prunebench("plan", tiny, "--workers", "1", "--json", "--store", "s").stdout)
    kinds = facts["estimated_by_kind"]

    assert re.search(r"^train +2 +2 +\d+ seconds?$", told, re.MULTILINE)
    assert set(kinds) == {kind for kind, count in facts["to_run"].items() if count}
    assert all(seconds > 0 for seconds in kinds.values())
    assert facts["estimated_seconds"] > sum(kinds.values())


def test_time_is_up_and_the_same_command_goes_on(prunebench, tiny, tmp_path):
    """Nothing begins that would end too late: exit code 4; the next run does what is left."""
    asked = (tiny, "--out", "mine", *HERE)
    short = prunebench("run", *asked, "--max-minutes", "0.00001")
    told = prunebench("run", *asked, "--max-minutes", "0.00001", "--json")
    whole = prunebench("run", *asked, "--max-minutes", "5")
    record = read_record(tmp_path / "mine")

    assert (short.exit_code, told.exit_code, whole.exit_code) == (4, 4, 0), whole.output
    assert "7 stages would not have ended in time and were not begun" in short.stderr
    assert "0 of 2 rows are complete. Run the same command again" in short.stderr
    facts = json.loads(told.stdout)
    assert (facts["left"], facts["rows"], facts["rows_planned"], facts["report"]) == (7, 0, 2, [])
    assert (record.left, record.executed) == (0, 7)
    assert record.estimated_seconds > 0


def test_latency_is_measured_where_it_is_asked_for(prunebench, tiny, tmp_path):
    """With --latency cut networks have times in the results, masks a reason, and a table."""
    asked = (tiny, "--methods", "l1filter,magnitude", "--protocols", "none", "--latency")
    told = json.loads(prunebench("plan", *asked, "--json", *HERE).stdout)
    done = prunebench("run", *asked, *HERE)
    folder = latest_run(tmp_path / "store")
    rows = {row.method_id: row for row in read_rows(folder)}

    assert done.exit_code == 0, done.output
    assert told["stages"]["latency"] == told["to_run"]["latency"] == 1
    assert set(rows["l1filter"].latency["batches"]) == {"1", "64"}
    assert (list(rows["magnitude"].latency), rows["dense"].latency) == (["untimed"], {})
    assert read_record(folder).experiment["latency"] is True
    report = (folder / "report.md").read_text()
    assert "masked only: not realised" in report
    assert "Masks were not timed: only linear layers run as CSR" in report
    again = prunebench("run", *asked, *HERE)
    assert "0 stages run" in again.stderr


def test_a_plan_counts_controls(prunebench, tiny):
    """Rows that are only there to compare with are counted apart, in words and in JSON."""
    asked = (tiny, "--methods", "magnitude", "--controls", "--store", "store")
    told = prunebench("plan", *asked).stdout
    facts = json.loads(prunebench("plan", *asked, "--json").stdout)

    assert facts["controls"] > 0
    assert f"{facts['rows']} rows, {facts['controls']} of them controls; " in told


def test_nothing_left_to_run(prunebench, tiny, tmp_path):
    """Where every trial is skipped the reasons are told, and the exit code is 2."""
    for words in (["run"], ["plan"]):
        done = prunebench(*words, tiny, "--methods", "l1filter[plan=vgg16-a]", "--store", "store")

        assert done.exit_code == 2
        assert done.stdout == ""
        assert done.stderr.startswith("skipped: l1filter[plan=vgg16-a]")
        assert "all 1 combinations were skipped" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "store").exists()


def test_out_is_the_runs_folder(prunebench, tiny, tmp_path):
    """--out holds the run and may hold it again; --retry failed finds it there."""
    (tmp_path / "mine").mkdir()
    prunebench("run", tiny, "--out", "mine", *HERE)
    done = prunebench("run", tiny, "--out", "mine", *HERE)
    again = prunebench("run", "--retry", "failed", "--out", "mine", *HERE)

    assert (done.exit_code, again.exit_code) == (0, 0)
    assert {row.method for row in read_rows(tmp_path / "mine")} == {"dense", "magnitude"}
    assert read_record(tmp_path / "mine").reused == 7


def test_out_spares_what_is_not_its_own(prunebench, tiny, tmp_path):
    """A folder with a user's files, a stranger's run.json or another experiment is refused."""
    mine, files = tmp_path / "mine", tmp_path / "files"
    prunebench("run", tiny, "--out", mine, *HERE)
    files.mkdir()
    for name, text in (("report.md", "my notes"), ("run.json", "{}")):
        (files / name).write_text(text)
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        for folder, method in ((files, "magnitude"), (mine, "l1filter")):
            words = ("run", tiny, "--methods", method, "--out", folder)
            done = prunebench(*words, "--workers", "0", "--store", "new")

            assert done.exit_code == 2
            assert f"{folder} is not empty and holds no run of this experiment" in done.stderr
        assert before == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}


def test_a_model_beyond_memory_has_a_plan_without_an_estimate(prunebench, tiny):
    """The probe allocates for real; the plan needs none of that."""
    done = prunebench("plan", tiny, "--model", "smallconv[width=1000000]", "--store", "store")

    assert done.exit_code == 0, done.output
    assert "no estimate: the model does not fit in memory" in done.stdout


def test_reading_what_a_run_left(prunebench, tiny, tmp_path):
    """Without a path report and results take the latest run; a tampered report is found out."""
    prunebench("run", tiny, *HERE)
    folder = latest_run(tmp_path / "store")
    table = prunebench("results", "--store", "store")
    listed = prunebench("results", "--store", "store", "--format", "json")
    good = prunebench("report", "--check", "--store", "store")
    report = folder / "report.md"
    report.write_text(report.read_text().replace("ticket", "tickets"))
    bad = prunebench("report", "--check", "--store", "store")
    again = prunebench("report", folder)

    assert len(table.stdout.splitlines()) == 1 + 2
    assert {row["method"] for row in json.loads(listed.stdout)} == {"dense", "magnitude"}
    assert (good.exit_code, bad.exit_code, again.exit_code) == (0, 1, 0)
    assert "report.md" in bad.stdout
    assert good.stdout == "the report agrees with its 2 rows\n"
    assert prunebench("report", "--check", folder).exit_code == 0


def test_benchmarks_and_recipes_are_listed(prunebench):
    """Names with titles, as a table and as JSON."""
    assert "smoke" in prunebench("list", "benchmarks").stdout
    recipes = json.loads(prunebench("list", "recipes", "--json").stdout)

    assert {"name": "digits", "title": "16 epochs, batch 64, sgd, learning rate 0.1"} in recipes
