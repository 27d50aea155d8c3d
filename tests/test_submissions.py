"""From nothing to a leaderboard: two strangers, their bundles, and six that are not honest.

The short form runs one seed of ``tiny@1.0`` for each stranger; ``pytest -m long`` runs the whole
suite (some ten minutes on two cores).
"""

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from environments import build, share

from prunebench.bundle.names import SUMS
from prunebench.bundle.packing.container import pack
from prunebench.bundle.packing.sums import address, file_name, sums

BOARD = Path(__file__).parents[1] / "reports" / "leaderboard" / "tiny"
SUITE = ("--suite", "tiny@1.0")
SCRIPT = "<script>alert(1)</script>"


def submit(folder, name, submitter, *, channel, narrowed):
    """Go the whole way of somebody who has an idea; give the bundle, and what was said on it."""
    kind = ("--channel",) if channel else ()
    environment = share(folder / "env")
    environment.run("prunebench", "plugin", "new", name, *kind, folder=folder)
    project = folder / f"prunebench-{name}"
    environment.install(build(project, folder / "dist"))
    assert " passed" in environment.run("pytest", "-q", "-p", "no:cacheprovider", folder=project)
    environment.run("prunebench", "plugin", "test", name, folder=folder)
    environment.run("prunebench", "run", *SUITE, "--methods", name, *narrowed, folder=folder)
    partly = ("--allow-incomplete",) if narrowed else ()
    environment.run("prunebench", "bundle", "pack", "--by", submitter, *partly, folder=folder)
    [bundle] = folder.glob("tiny-1.0-*.zip")
    environment.run("prunebench", "bundle", "check", bundle, folder=folder)
    return environment, bundle


def contents(bundle):
    """Read all members of a bundle but its sums."""
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != SUMS}


def sealed(changed, folder):
    """Write members with sums and a name that agree with them, as a forger would."""
    folder.mkdir(parents=True)
    whole = {**changed, SUMS: sums(changed)}
    path = folder / file_name("tiny@1.0", address(whole))
    with path.open("wb") as file:
        pack(whole, file)
    return path


def with_member(bundle, folder, name, content):
    """Copy a bundle with one member more, by the means of the standard library."""
    folder.mkdir(parents=True)
    path = folder / bundle.name
    path.write_bytes(bundle.read_bytes())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


def with_row(bundle, folder, change):
    """Copy a bundle with its first pruned row changed, and everything sealed again."""
    members = contents(bundle)
    lines = [json.loads(line) for line in members["trials.jsonl"].splitlines()]
    change(next(line["row"] for line in lines if line["row"]["method"] != "dense"))
    text = "".join(json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n" for line in lines)
    return sealed({**members, "trials.jsonl": text.encode()}, folder)


def better(row):
    """Edit a score by hand."""
    row["test_accuracy_last"] = row["test_accuracy_selected"] = row["test_accuracy_best"] = 0.999


def renamed(row):
    """Give a method a name that a browser would run."""
    row["method"] = SCRIPT


def pickled(bundle, folder):
    """Copy a bundle whose predictions hold an object, which only a pickle can."""
    file = io.BytesIO()
    np.savez(file, trials=np.array([{"a": 1}], dtype=object))
    return sealed({**contents(bundle), "predictions/0.npz": file.getvalue()}, folder)


def truncated(bundle, folder):
    """Copy the first half of a bundle."""
    folder.mkdir(parents=True)
    path = folder / bundle.name
    path.write_bytes(bundle.read_bytes()[: bundle.stat().st_size // 2])
    return path


def forgeries(bundle, folder):
    """Make every kind of dishonest copy, by what a refusal must say of it."""
    bomb = bytes(200_000_000)
    return {
        "test_accuracy_last": with_row(bundle, folder / "edited", better),
        "method": with_row(bundle, folder / "script", renamed),
        "../escaped.txt": with_member(bundle, folder / "outside", "../escaped.txt", "x"),
        "labels/9.npz": with_member(bundle, folder / "bomb", "labels/9.npz", bomb),
        "predictions/0.npz": pickled(bundle, folder / "pickle"),
        "truncated": truncated(bundle, folder / "truncated"),
    }


def files(folder):
    """Read a whole folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def whole_way(folder, narrowed):
    """Submit twice, forge, build the board, and look at what is on it."""
    ann, bob = folder / "ann", folder / "bob"
    ann.mkdir()
    bob.mkdir()
    _, gentle = submit(ann, "gentle", "Ann", channel=False, narrowed=narrowed)
    environment, sharp = submit(bob, "sharp", "Bob", channel=True, narrowed=narrowed)
    build_board = ("prunebench", "leaderboard", "build")
    forged = forgeries(gentle, folder / "forged")
    for told, path in forged.items():
        checked = environment.call("prunebench", "bundle", "check", path, folder=folder)
        alone = environment.call(*build_board, path, *SUITE, "--out", "none", folder=folder)

        assert (checked.returncode, alone.returncode) == (2, 2), told
        assert told == "truncated" or told in checked.stdout + checked.stderr
        assert "Traceback" not in checked.stderr + alone.stderr
    assert not list(folder.rglob("escaped.txt"))
    assert not (folder / "none").exists()

    shipped = [BOARD / "bundles"] if BOARD.is_dir() else []
    words = (*build_board, gentle, sharp, *shipped, *forged.values(), *SUITE, "--skip-refused")
    facts = json.loads(environment.run(*words, "--out", "site", "--json", folder=folder))
    environment.run(*words, "--out", "again", folder=folder)
    site = files(folder / "site")

    assert {"gentle", "sharp"} <= set(facts["methods"])
    assert set(facts["methods"]) - {"gentle", "sharp"} or not shipped
    assert site == files(folder / "again")
    assert not any(SCRIPT.encode() in page for name, page in site.items() if name.endswith("html"))
    return unranked(site)


def unranked(site):
    """Say of each method on one board why it is not ranked; nothing where it is."""
    table = site["data/digits-smallconv-finetune/standings.csv"].decode()
    return {row["method"]: row["unranked"] for row in csv.DictReader(io.StringIO(table))}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_strangers_and_six_forgeries(tmp_path):
    """The honest bundles are merged, the others refused; with one seed nobody is ranked."""
    found = whole_way(tmp_path, ("--seeds", 1, "--no-controls", "--workers", 1))

    assert (found["gentle"], found["sharp"]) == ("0 of 6 cells", "0 of 6 cells")


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_two_strangers_with_the_whole_suite(tmp_path):
    """With five seeds and all controls, as a submission is: both are ranked."""
    found = whole_way(tmp_path, ())

    assert (found["gentle"], found["sharp"]) == ("", "")
