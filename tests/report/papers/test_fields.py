ARMS = ["ticket", "random[scale=sparse-he]", "random"]
HEADINGS = {"random[scale=sparse-he]": "Random init", "random": "Random init, same scale"}


def test_a_column_with_settings_has_a_heading_of_its_own(fill, make_published, make_seeds):
    """Theirs stand beside the arm that the layout names first; the other is ours alone."""
    sparse = {
        "protocol": "random[scale=sparse-he]",
        "settings": {"protocol": {"scale": "sparse-he"}},
    }
    trials = [
        *make_seeds(0.9, **sparse),
        *make_seeds(0.8, protocol="random", settings={"protocol": {"scale": "same"}}),
    ]
    published = [make_published(), make_published(protocol="random", mean="90.00", sd="")]
    table = fill(published, trials, rows=["printed"], columns=ARMS, headings=HEADINGS)

    assert [column.full for column in table.columns] == [
        "Pruned",
        "ticket: Ours %",
        "ticket: Theirs %",
        "Random init: Ours %",
        "Random init: Theirs %",
        "Random init: Difference (points)",
        "Random init, same scale: Ours %",
    ]
    assert [[str(cell) for cell in row] for row in table.rows] == [
        ["20%", "not run", "93.66 (± 0.20)", "90.00", "90.00", "0.00 · no interval", "80.00"]
    ]
    assert "Of ours, Random init is random[scale=sparse-he]." in table.footnotes


def test_a_further_column_without_numbers_is_left_out(fill, make_published):
    """One of the publication's stays, whatever was run."""
    table = fill([make_published()], rows=["printed"], columns=ARMS, headings=HEADINGS)

    assert [column.group for column in table.columns] == ["", "ticket", "ticket", "Random init"]


def test_arms_that_no_column_names_follow_the_last_of_their_protocol(
    fill, make_published, make_seeds
):
    """With their settings in the heading."""
    trials = [
        *make_seeds(0.9, protocol="random", settings={"protocol": {"scale": "same"}}),
        *make_seeds(0.9, protocol="random[draws=3]", settings={"protocol": {"scale": "same"}}),
    ]
    table = fill([make_published(protocol="random")], trials, columns=ARMS, headings=HEADINGS)

    assert list(dict.fromkeys(column.group for column in table.columns if column.group)) == [
        "Unpruned",
        "ticket",
        "Random init",
        "Random init, same scale",
        "Random init, same scale, draws=3",
    ]


def test_differences_have_a_column_where_there_are_any(fill, make_published, make_seeds):
    """A target that the publication has not is no pair; then no difference is explained."""
    table = fill([make_published()], make_seeds(0.9, target="0.5"), columns=["ticket"])

    assert [column.title for column in table.columns if column.group == "ticket"] == [
        "Ours %",
        "Theirs %",
    ]
    assert "Difference" not in table.caption
