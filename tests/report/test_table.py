from prunebench.report.table import Cell, Column, make_table, numbers, words


def test_cells_hold_printable_text_and_their_notes():
    """Plain texts become cells; what no page can show becomes a box, in notes and headings too."""
    table = make_table(
        "Title", "Caption.", [*words("a\x00"), *numbers("b")], [["x\x1b", Cell("1", "n = 2\x07")]]
    )

    assert table.columns == (Column("a\ufffd", numeric=False), Column("b", numeric=True))
    assert table.rows == ((Cell("x\ufffd"), Cell("1", "n = 2\ufffd")),)
    assert [str(cell) for cell in table.rows[0]] == ["x\ufffd", "1 · n = 2\ufffd"]
