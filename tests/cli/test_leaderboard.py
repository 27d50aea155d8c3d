"""``prunebench leaderboard build``, from a bundle to a site."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from prunebench.cli import main

pytestmark = pytest.mark.slow

ASKED = "--suite tiny@1.0 --methods magnitude --model smallconv --protocols ticket"
SMALL = "--densities 0.5 --seeds 1 --workers 0"


def call(*words):
    """Run a command line in this process."""
    return CliRunner().invoke(main, [str(word) for word in words], prog_name="prunebench")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """Run a corner of the tiny suite once, and pack it."""
    top = tmp_path_factory.mktemp("leaderboard")
    places = ("--store", top / "store", "--data-dir", top)
    ran = call("run", *ASKED.split(), *SMALL.split(), *places, "--out", top / "run")
    assert ran.exit_code == 0, ran.output
    words = (top / "run", *places, "--out", top / "bundles", "--by", "A. Person")
    packed = call("bundle", "pack", *words, "--allow-incomplete")
    assert packed.exit_code == 0, packed.output
    return next((top / "bundles").glob("*.zip"))


@pytest.fixture
def built(bundle, tmp_path):
    """Give a function that builds a site of the bundle and of others."""

    def build(*words, suite="tiny@1.0", out="site"):
        made = call("leaderboard", "build", *words, "--suite", suite, "--out", tmp_path / out)
        return SimpleNamespace(said=made, site=tmp_path / out)

    return build


def contents(folder):
    """Give all files of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def broken_copy(bundle, folder):
    """Copy a bundle without its last bytes."""
    path = folder / f"broken-{bundle.name}"
    path.write_bytes(bundle.read_bytes()[:-40])
    return path


def test_a_bundle_becomes_a_site(built, bundle):
    """Its pages, tables and the bundle itself are there, and the terminal says where."""
    made = built(bundle)
    index = (made.site / "index.html").read_text(encoding="utf-8")

    assert made.said.exit_code == 0, made.said.output
    assert "smallconv on digits, ticket" in made.said.stdout
    assert str(made.site / "index.html") in made.said.stdout
    assert "A. Person" in (made.site / "submissions.html").read_text(encoding="utf-8")
    assert (made.site / "bundles" / bundle.name).read_bytes() == bundle.read_bytes()
    assert "boards/digits-smallconv-ticket.html" in index
    assert (made.site / "data" / "digits-smallconv-ticket" / "cells.csv").is_file()


def test_the_same_bundles_give_the_same_bytes(built, bundle):
    """Named twice, by file or by folder, into whatever folder."""
    first = contents(built(bundle, out="one").site)
    second = contents(built(bundle.parent, bundle, out="two").site)

    assert first == second


def test_facts_for_machines(built, bundle):
    """JSON alone is on stdout."""
    made = built(bundle, "--json", "--no-bundles")
    facts = json.loads(made.said.stdout)

    assert facts["boards"] == ["digits-smallconv-ticket"]
    assert facts["methods"] == ["magnitude", "random-mask like magnitude"]
    assert not (made.site / "bundles").exists()


def test_a_refused_bundle_stops_everything(built, bundle, tmp_path):
    """It is named with what was found, and no site is written."""
    broken = broken_copy(bundle, tmp_path)
    made = built(bundle, broken)

    assert made.said.exit_code == 2
    assert broken.name in made.said.stderr
    assert "refused" in made.said.stderr
    assert not made.site.exists()


def test_refused_bundles_can_be_skipped_and_are_listed(built, bundle, tmp_path):
    """They are told on the terminal and on the page of submissions."""
    broken = broken_copy(bundle, tmp_path)
    made = built(bundle, broken, "--skip-refused")
    page = (made.site / "submissions.html").read_text(encoding="utf-8")

    assert made.said.exit_code == 0, made.said.output
    assert f"{broken} is refused" in made.said.stderr
    assert broken.name in page
    assert str(tmp_path) not in page


def test_nothing_left_is_an_error(built, bundle, tmp_path):
    """A site without a row is never written."""
    made = built(broken_copy(bundle, tmp_path), "--skip-refused")

    assert made.said.exit_code == 2
    assert made.said.stderr.count("\n") <= 2
    assert not made.site.exists()


def test_another_suite_is_an_error(built, bundle):
    """A bundle of tiny is not on a board of mnist."""
    made = built(bundle, suite="mnist@1.0")

    assert made.said.exit_code == 2
    assert "tiny@1.0" in made.said.stderr


def test_an_unknown_suite_is_an_error(built, bundle):
    """The nearest is suggested."""
    made = built(bundle, suite="tinny@1.0")

    assert made.said.exit_code == 2
    assert "tiny@1.0" in made.said.stderr


def test_a_strangers_folder_is_left_alone(built, bundle, tmp_path):
    """A folder that holds something else is refused before anything is read."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "mine.txt").write_text("mine")
    made = built(bundle)

    assert made.said.exit_code == 2
    assert "mine.txt" in made.said.stderr
    assert [path.name for path in made.site.iterdir()] == ["mine.txt"]


def test_notes_are_taken_in(built, bundle, tmp_path):
    """A dispute in a file of notes reaches the page of history."""
    facts = json.loads(built(bundle, "--json").said.stdout)
    notes = tmp_path / "notes.toml"
    notes.write_text(
        f'[[disputed]]\nbundle = "{facts["bundles"][0]}"\nreason = "Tuned on test data."\n'
        'link = "https://example.org/issue/1"\n'
    )
    made = built(bundle, "--notes", notes)

    assert made.said.exit_code == 0, made.said.output
    assert "Tuned on test data." in (made.site / "history.html").read_text(encoding="utf-8")


def test_an_older_site_is_replaced(built, bundle):
    """Building twice into one folder is how a board is brought up to date."""
    built(bundle)
    made = built(bundle, "--no-bundles")

    assert made.said.exit_code == 0, made.said.output
    assert not list(Path(made.site).rglob("*.zip"))
