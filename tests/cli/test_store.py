"""Commands on a store: what it takes, what can go, what is damaged."""

import json
from pathlib import Path

import pytest

from prunebench.store.contents import TENSORS
from prunebench.store.store import Store


@pytest.fixture
def ran(prunebench, tiny):
    """Run the tiny experiment; gives the store."""
    assert prunebench("run", tiny, "--workers", "0", "--store", "store").exit_code == 0
    return Store(Path("store"))


@pytest.fixture
def facts(prunebench):
    """Give a function that runs a command on the store; gives its JSON."""

    def told(*words, exit_code=0):
        result = prunebench("store", *words, "--store", "store", "--json")
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout)

    return told


def planned(store):
    """List what the first run planned."""
    return json.loads(next(store.root.glob("runs/*/plan.json")).read_text())


def keys(store):
    """List the stages that are done."""
    return sorted(path.parent.name for path in store.root.glob("objects/*/*/record.json"))


def test_du_counts_stages_by_kind(ran, facts, prunebench):
    """As many of each kind as the plan has; sizes are those of the files."""
    kinds = [stage["kind"] for stage in planned(ran)]
    told = facts("du")
    whole = sum(path.stat().st_size for path in ran.root.rglob("*") if path.is_file())
    plain = prunebench("store", "du", "--store", "store")

    assert {kind: one["stages"] for kind, one in told["kinds"].items()} == {
        kind: kinds.count(kind) for kind in kinds
    }
    assert told["total"]["bytes"] == whole
    assert plain.exit_code == 0
    assert plain.stdout.startswith("kind")
    assert plain.stdout.splitlines()[-1].startswith("total")


def test_gc_deletes_when_told_and_a_run_reuses_the_rest(ran, facts, prunebench, tiny):
    """First it says what would go; nothing that the run needs is among it."""
    before = keys(ran)
    (ran.root / "objects" / ".aside-1").mkdir()
    told = facts("gc", "--unreferenced")
    deleted = facts("gc", "--unreferenced", "--delete")

    assert (told["deleted"], deleted["deleted"]) == (False, True)
    assert told["garbage"] == deleted["garbage"]
    assert told["garbage"].keys() == {"leftovers", "leases"}
    assert keys(ran) == before
    assert facts("gc", "--unreferenced")["garbage"] == {}
    again = prunebench("run", tiny, "--workers", "0", "--store", "store", "--json")
    assert json.loads(again.stdout)["executed"] == 0


def test_gc_takes_runs_elsewhere_into_account(ran, facts, prunebench, tiny):
    """What a run with --out names stays if it is named, and else goes."""
    asked = ("run", tiny, "--densities", "0.25", "--workers", "0", "--store", "store")
    assert prunebench(*asked, "--out", "elsewhere").exit_code == 0
    before = keys(ran)

    assert "stages" not in facts("gc", "--unreferenced", "--run", "elsewhere")["garbage"]
    plain = prunebench("store", "gc", "--unreferenced", "--store", "store")
    assert "those of --run are known" in plain.stderr
    assert "Run it with --delete" in plain.stderr
    gone = facts("gc", "--unreferenced", "--delete")["garbage"]["stages"]["number"]
    assert 0 < gone == len(before) - len(keys(ran))


def test_gc_says_when_there_is_nothing(ran, prunebench):
    """And when a run computes."""
    words = ("store", "gc", "--store", "store")
    assert prunebench(*words, "--delete").exit_code == 0
    assert "Nothing can go." in prunebench(*words).stderr
    with ran.lease("0" * 32):
        assert "1 leases are held" in prunebench(*words).stderr
        refused = prunebench(*words, "--tensors", "--delete")
    assert refused.exit_code == 2
    assert "wait until it has ended" in refused.stderr


def test_verify_finds_damage_and_repair_lets_it_be_computed_anew(ran, facts, prunebench, tiny):
    """Exit code 1 while something is damaged; after the repair the run does that stage again."""
    assert facts("verify")["damaged"] == []
    key = next(stage["key"] for stage in planned(ran) if stage["kind"] == "prune")
    (ran.folder(key) / TENSORS).write_bytes(b"nothing")
    [found] = facts("verify", exit_code=1)["damaged"]
    plain = prunebench("store", "verify", "--store", "store")

    assert found["key"] == key
    assert plain.exit_code == 1
    assert "is damaged" in plain.stdout
    assert "1 damaged" in plain.stderr
    assert facts("verify", "--repair", exit_code=1)["repaired"]
    assert facts("verify")["stages"] == len(keys(ran))
    assert prunebench("run", tiny, "--workers", "0", "--store", "store").exit_code == 0
    assert key in keys(ran)


@pytest.mark.parametrize("command", ["du", "gc", "verify"])
def test_a_folder_that_is_no_store_is_refused(prunebench, command, tmp_path):
    """Nothing is made there."""
    result = prunebench("store", command, "--store", "nowhere")

    assert result.exit_code == 2
    assert "there is no store at nowhere" in result.stderr
    assert not (tmp_path / "nowhere").exists()
