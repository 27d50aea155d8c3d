"""Names that lead to keys, noted by several processes at once."""

from prunebench.store.index import Index

NAME, KEY = "ab" * 16, "cd" * 16


def test_a_name_leads_to_what_was_noted_last(tmp_path):
    """Noting again replaces; other names are not touched."""
    index = Index(tmp_path / "index")
    index.note(NAME, "e" * 32)
    index.note(NAME, KEY)
    index.note("ac" * 16, "f" * 32)

    assert (index.find(NAME), index.find("ac" * 16)) == (KEY, "f" * 32)


def test_a_strange_name_leads_nowhere(tmp_path):
    """Nothing noted, no folder, nothing made by asking."""
    assert Index(tmp_path / "index").find(NAME) is None
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_entry_leads_nowhere(tmp_path):
    """Bytes that are no text count as never noted."""
    index = Index(tmp_path)
    index.note(NAME, KEY)
    index.path(NAME).write_bytes(b"\xff\xfe")

    assert index.find(NAME) is None


def test_nothing_else_is_left_behind(tmp_path):
    """An entry is written aside and renamed: one file per name."""
    index = Index(tmp_path)
    for _ in range(3):
        index.note(NAME, KEY)

    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [NAME]
