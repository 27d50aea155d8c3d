import pytest

from prunebench.errors import SpecError
from prunebench.leaderboard.inputs.notes import (
    Dispute,
    Notes,
    Supersession,
    parse_notes,
    read_notes,
    settled,
    without,
)

TRIAL = "0" * 32
ADDRESS = "ab" * 32
LINK = "https://example.org/issues/1"

GOOD = f"""
[[disputed]]
trial = "{TRIAL}"
link = "{LINK}"
reason = "the score was edited"

[[superseded]]
bundle = "{ADDRESS[:16]}"
by = "withdrawn"
"""


def test_notes_are_read(tmp_path):
    """Both tables are read as they stand."""
    path = tmp_path / "notes.toml"
    path.write_text(GOOD)

    expected = Notes(
        (Dispute("the score was edited", LINK, trial=TRIAL),),
        (Supersession(ADDRESS[:16], "withdrawn"),),
    )

    assert read_notes(path) == expected


def test_no_notes_are_fine():
    """An empty file says nothing."""
    assert parse_notes(b"", "notes.toml") == Notes()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[disputed", "is no TOML"),
        ("\x00", "is no TOML"),
        ("[[doubted]]", "there is no table 'doubted'"),
        ("[disputed]\nreason = 'x'", "write [[disputed]] in two brackets"),
        ("disputed = [1]", "must be a table with reason, link, trial, bundle"),
        (f"[[disputed]]\ntrial = '{TRIAL}'\nlink = '{LINK}'", "disputed 1: reason is missing"),
        (f"[[disputed]]\ntrial = '{TRIAL}'\nreason = 'x'", "disputed 1: link is missing"),
        (f"[[disputed]]\nlink = '{LINK}'\nreason = 'x'", "trial or bundle is missing"),
        (f"[[disputed]]\ntrial = '0'\nlink = '{LINK}'\nreason = 'x'", "trial must be a trial's 32"),
        (
            f"[[disputed]]\ntrial = '{TRIAL}'\nlink = 'javascript:x'\nreason = 'x'",
            "link must be an http or https address, got 'javascript:x'",
        ),
        (f"[[disputed]]\ntrial = '{TRIAL}'\nlink = '{LINK}'\nreason = 1", "reason must be text"),
        (f"[[superseded]]\nbundle = '{ADDRESS}'", "superseded 1: by is missing"),
        ("[[superseded]]\nbundle = 'abc'\nby = 'x'", "bundle must be 16 to 64 hexadecimal"),
        (f"[[superseded]]\nbundle = '{ADDRESS}'\nby = 'x'\nwhy = 'y'", "'why' is unknown"),
    ],
)
def test_mistakes_are_named(text, said):
    """Every mistake is one sentence that names the file and the entry."""
    with pytest.raises(SpecError) as caught:
        parse_notes(text.encode(), "notes.toml")

    assert said in str(caught.value)
    assert str(caught.value).startswith("notes.toml")
    assert "\n" not in str(caught.value)


def test_absent_and_large_files_are_refused(tmp_path):
    """A file that is not there, or larger than anybody writes, is a sentence too."""
    large = tmp_path / "notes.toml"
    large.write_bytes(b"#" * (2**20 + 1))

    with pytest.raises(SpecError, match="cannot read"):
        read_notes(tmp_path / "nothing.toml")
    with pytest.raises(SpecError, match="is larger than"):
        read_notes(large)


def test_addresses_are_written_in_full():
    """The digits of a file name are enough, in both fields of a supersession."""
    other = "cd" * 32
    notes = Notes((), (Supersession(ADDRESS[:16], other[:20]),))

    assert settled(notes, [ADDRESS, other], []).superseded == (Supersession(ADDRESS, other),)


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        (Notes((Dispute("x", LINK, trial=TRIAL),)), "which no bundle has"),
        (Notes((Dispute("x", LINK, bundle="f" * 16),)), "an address that no bundle has"),
        (Notes((), (Supersession(ADDRESS[:16], "x"),)), "an address that several bundles have"),
    ],
)
def test_notes_about_nothing_are_refused(notes, said):
    """A slip of the pen must not leave a doubtful row in the ranks."""
    twins = [ADDRESS, ADDRESS[:32] + "0" * 32]

    with pytest.raises(SpecError, match=said):
        settled(notes, twins, [])


def test_notes_on_refused_bundles_are_left_out():
    """What is said of a bundle that is not taken in is no mistake."""
    stays = Dispute("x", LINK, trial=TRIAL)
    notes = Notes(
        (stays, Dispute("x", LINK, bundle=ADDRESS[:16])), (Supersession(ADDRESS[:20], "gone"),)
    )

    assert without(notes, [ADDRESS]) == Notes((stays,), ())
