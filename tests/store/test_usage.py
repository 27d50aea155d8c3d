"""What a store takes: every byte once."""

from hypothesis import given
from hypothesis import strategies as st

from prunebench.store.contents import NOTHING, Amount
from prunebench.store.references import named
from prunebench.store.usage import OTHERS, UNNAMED, Share, usage

from . import conftest
from .conftest import NAMED, files


def test_every_byte_is_counted_once(small):
    """By kind of stage, by folder, and as other files; the sum is that of all files."""
    (small.root / "objects" / ".aside-1").mkdir()
    (small.root / "objects" / ".aside-1" / "x").write_bytes(b"1234")
    (small.root / "notes.txt").write_bytes(b"12")
    small.note_failure("f" * 32, {"reason": "no"})
    sizes = files(small.root)
    found = usage(small.root, named(small.root))

    assert {kind: share.stages for kind, share in found.kinds.items()} == {
        "train": 1,
        "evaluate": 1,
        UNNAMED: 2,
    }
    assert (found.total.files, found.total.bytes) == (len(sizes), sum(sizes.values()))
    assert (found.rooms[OTHERS].files, found.rooms[OTHERS].bytes) == (2, 6)
    assert found.rooms["failures"].files == 1
    assert found.kinds[UNNAMED].dropped == 1


def test_kinds_are_those_of_the_plans(small):
    """The kind of a stage stands in a run's plan; without runs it is not known."""
    assert named(small.root) == NAMED
    assert usage(small.root, {}).kinds.keys() == {UNNAMED}
    assert usage(small.root, {conftest.UNNAMED[0]: "init"}).kinds["init"].stages == 1


AMOUNTS = st.builds(Amount, st.integers(0), st.integers(0), st.integers(0))
SHARES = st.builds(Share, st.integers(0), st.integers(0), AMOUNTS, AMOUNTS)


@given(SHARES, SHARES)
def test_shares_add_up(one, other):
    """In any order; nothing changes nothing."""
    assert one + other == other + one
    assert one + Share() == one
    assert (one + other).tensors == one.tensors + other.tensors + NOTHING
