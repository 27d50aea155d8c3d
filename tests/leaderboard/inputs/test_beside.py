"""A site holds what it was built of."""

import json

from hypothesis import given
from hypothesis import strategies as st

from prunebench.bundle.reproduced import Reproduced, ReproducedTrial, read_reproduced
from prunebench.leaderboard.inputs.beside import beside, notes_text
from prunebench.leaderboard.inputs.notes import Dispute, Notes, Supersession, parse_notes

HEX = st.text("0123456789abcdef", min_size=16, max_size=16)
WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1
).filter(lambda text: text.strip())
DISPUTES = st.builds(
    Dispute,
    reason=WORDS.filter(lambda text: len(text) < 400),
    link=st.just("https://example.org/issues/7"),
    bundle=HEX,
)


def test_nothing_to_say_is_no_file():
    """Without reproductions and notes nothing lies beside the bundles."""
    assert beside((), Notes()) == {}


def test_a_reproduction_reads_back(tmp_path):
    """Under its own name, as it was."""
    trial = ReproducedTrial("0" * 32, 0.5, 0.5, 0.0, agrees=True, how="exact")
    found = Reproduced("a" * 64, "2025-02-01T00:00:00Z", "Bob", {"python": "3"}, (trial,))

    [(name, content)] = beside([found], Notes()).items()
    path = tmp_path / name
    path.write_bytes(content)

    assert name == "aaaaaaaaaaaaaaaa-reproduced-20250201T000000Z.json"
    assert json.loads(content)["by"] == "Bob"
    assert read_reproduced(path) == found


@given(st.lists(DISPUTES, unique_by=lambda one: one.bundle, max_size=3))
def test_notes_read_back(disputed):
    """Whatever letters a reason has."""
    notes = Notes(tuple(disputed), (Supersession("f" * 16, "withdrawn"),))

    assert parse_notes(notes_text(notes).encode(), "notes") == notes
