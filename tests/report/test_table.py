from dataclasses import replace

from prunebench.report.table import Cell, Column, make_table, numbers, without_empty, words


def test_cells_hold_printable_text_and_their_notes():
    """Plain texts become cells; what no page can show becomes a box, in notes and headings too."""
    table = make_table(
        "Title", "Caption.", [*words("a\x00"), *numbers("b")], [["x\x1b", Cell("1", "n = 2\x07")]]
    )

    assert table.columns == (Column("a\ufffd", numeric=False), Column("b", numeric=True))
    assert table.rows == ((Cell("x\ufffd"), Cell("1", "n = 2\ufffd")),)
    assert [str(cell) for cell in table.rows[0]] == ["x\ufffd", "1 · n = 2\ufffd"]


def test_columns_without_a_value_can_be_left_out():
    """Only those that are named, and only if every line has a bare dash there."""
    rows = [["x", "–", "–", "–"], ["y", "–", Cell("–", "n = 0"), "1"]]
    table = without_empty(make_table("T", "C.", words(*"abcd"), rows), ["b", "c", "d"])
    whole = without_empty(make_table("T", "C.", words(*"ab"), [["x", "–"]]), [])

    assert [column.title for column in table.columns] == ["a", "c", "d"]
    assert [list(map(str, row)) for row in table.rows] == [["x", "–", "–"], ["y", "– · n = 0", "1"]]
    assert len(whole.columns) == 2


def test_marks_stand_between_a_text_and_its_note():
    """They refer to footnotes."""
    assert str(Cell("6.60", "n = 1", "† [1]")) == "6.60 † [1] · n = 1"
    assert str(Cell("6.60", marks="†")) == "6.60 †"


def test_neighbours_with_one_heading_are_a_group():
    """Columns without one stand between them."""
    columns = [*words("a", "b"), Column("c", group="X"), Column("d", group="X"), Column("e")]
    table = make_table("T", "C.", columns, [])

    assert [(group, len(found)) for group, found in table.groups] == [("", 2), ("X", 2), ("", 1)]
    assert table.starts == {2}
    assert table.has_groups
    assert [column.full for column in table.columns] == ["a", "b", "X: c", "X: d", "e"]
    assert not make_table("T", "C.", words("a"), []).has_groups


def test_what_repeats_the_row_above_is_known():
    """Only from the left, only as far as groups go, and rows set apart are passed over."""
    rows = [["a", "x", "1"], ["a", "x", "1"], ["c", "?", "?"], ["a", "y", "1"], ["b", "y", "1"]]
    table = replace(make_table("T", "C.", words(*"mno"), rows, muted=[2]), grouped=2)

    assert table.repeated == (0, 2, 0, 1, 0)
    assert replace(table, grouped=0).repeated == (0, 0, 0, 0, 0)
