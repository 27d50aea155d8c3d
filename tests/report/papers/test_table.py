from prunebench.report.papers.cells import Quantity


def texts(table):
    """Write a table's cells."""
    return [[str(cell) for cell in row] for row in table.rows]


def test_ours_theirs_and_the_difference_stand_side_by_side(
    fill, make_published, make_seeds, make_dense_seeds
):
    """93, 94, 95: mean 94, deviation 1; t(0.975; 2) = 4.303, so 94 ± 2.48.

    93.66 lies inside, 90.00 outside.
    """
    published = [
        make_published(protocol="dense", method="dense", printed="", target="", mean="93.76"),
        make_published(),
        make_published(protocol="random", mean="90.00", sd=""),
    ]
    trials = [
        *make_dense_seeds(0.93, 0.94, 0.95),
        *make_seeds(0.93, 0.94, 0.95),
        *make_seeds(0.93, 0.94, 0.95, protocol="random"),
    ]
    table = fill(published, trials)

    assert [column.full for column in table.columns] == [
        "Data set",
        "Model",
        "Unpruned: Ours %",
        "Unpruned: Theirs %",
        "Unpruned: Difference (points)",
        "Pruned",
        "ticket: Ours %",
        "ticket: Theirs %",
        "ticket: Difference (points)",
        "random: Ours %",
        "random: Theirs %",
        "random: Difference (points)",
    ]
    assert texts(table) == [
        [
            *("CIFAR-10", "VGG-16"),
            *("94.00 (± 1.00)", "93.76 (± 0.20)", "+0.24 · inside"),
            "20%",
            *("94.00 (± 1.00)", "93.66 (± 0.20)", "+0.34 · inside"),
            *("94.00 (± 1.00)", "90.00", "+4.00 · outside"),
        ]
    ]


def test_the_interval_ends_where_t_says(fill, make_published, make_seeds):
    """94 ± 4.30265 / sqrt(3) = 91.516 to 96.484."""
    trials = make_seeds(0.93, 0.94, 0.95)
    verdicts = [
        fill([make_published(mean=mean)], trials, rows=["printed"], columns=["ticket"])
        .rows[0][-1]
        .note
        for mean in ("91.51", "91.52", "96.48", "96.49")
    ]

    assert verdicts == ["outside", "inside", "inside", "outside"]


def test_one_seed_has_no_interval(fill, make_published, make_seeds):
    """There is a difference, and no verdict on it."""
    table = fill([make_published()], make_seeds(0.93), rows=["printed"], columns=["ticket"])

    assert texts(table) == [["20%", "93.00", "93.66 (± 0.20)", "−0.66 · no interval"]]
    assert "one seed, so without deviation" in table.caption


def test_what_was_not_run_and_what_they_lack_are_told_apart(fill, make_published, make_seeds):
    """Ours says so; theirs stays empty, and a target is what it keeps."""
    published = [make_published(), make_published(printed="40%", target="0.6")]
    trials = [*make_seeds(0.9), *make_seeds(0.8, target="0.125")]
    table = fill(published, trials, rows=["printed"], columns=["ticket"])

    assert texts(table) == [
        ["20%", "90.00", "93.66 (± 0.20)", "−3.66 · no interval"],
        ["40%", "not run", "93.66 (± 0.20)", ""],
        ["12.5 % kept", "80.00", "", ""],
    ]


def test_lost_trials_are_counted(fill, make_published, make_row, make_seeds):
    """A diverged seed is missing in the mean and told beside it; alone it is what came out."""
    bad = {"protocol": "ticket", "status": "diverged"}
    trials = [
        *make_seeds(0.92, 0.94),
        make_row(seed=2, target="0.8", **bad),
        make_row(target="0.6", **bad),
    ]
    published = [make_published(), make_published(printed="40%", target="0.6")]
    table = fill(published, trials, rows=["printed"], columns=["ticket"])

    assert [row[1] for row in texts(table)] == [
        "93.00 (± 1.41) · 2 of 3 seeds; 1 diverged",
        "diverged",
    ]


def test_draws_are_averaged_within_their_seed(fill, make_published, make_row):
    """(0.90 + 0.94) / 2 = 0.92 and 0.94 give 93 ± 1.41, of two seeds."""
    trials = [
        make_row(protocol="random", target="0.8", seed=s, draw=d, test_accuracy_last=a)
        for s, d, a in ((0, 0, 0.90), (0, 1, 0.94), (1, 0, 0.94))
    ]
    table = fill([make_published(protocol="random")], trials, rows=["printed"], columns=["random"])

    assert str(table.rows[0][1]) == "93.00 (± 1.41)"
    assert "2 seeds unless a cell says otherwise" in table.caption


def test_errors_are_what_accuracy_lacks(fill, make_published, make_row):
    """At the best of the two declared points: 93 % correct are 7 % wrong."""
    rows = [make_row(protocol="finetune", target="0.8", test_accuracy_best=0.93)]
    published = [make_published(metric="test_error", protocol="finetune", mean="6.60", sd="")]
    layout = {"metric": "test_error", "point": "best", "rows": ["model"], "columns": ["finetune"]}
    table = fill(published, rows, **layout)

    assert texts(table) == [["VGG-16", "7.00", "6.60", "+0.40 · no interval"]]
    assert "which the test set decided" in table.caption


def test_changes_are_paired_with_the_unpruned_network_of_their_seed(
    fill, make_published, make_seeds, make_dense_seeds
):
    """90 - 92 and 93 - 93: -2 and 0, so -1 ± 1.41; a seed without a dense network is left out."""
    trials = [*make_dense_seeds(0.92, 0.93), *make_seeds(0.90, 0.93, 0.10)]
    published = [
        make_published(protocol="dense", metric="top1_accuracy", printed="", target="", mean="71"),
        make_published(metric="top1_change", mean="-2.67", sd=""),
        make_published(metric="top1_change", mean="0.21", sd="", target="0.6", printed="40%"),
    ]
    layout = {"metric": "top1_change", "rows": ["dense", "printed"], "columns": ["ticket"]}
    table = fill(published, trials, **layout)

    assert table.columns[0].title == "Ours %"
    assert table.columns[4].title == "Ours points"
    assert texts(table)[0][4:] == ["−1.00 (± 1.41)", "−2.67", "+1.67 · inside"]
    assert texts(table)[1][4:] == ["not run", "+0.21", ""]


def test_a_step_that_was_not_recorded_is_no_failure(fill, make_published, make_seeds):
    """It was run, so it is not called not run."""
    layout = {"point": "selected", "rows": ["printed"], "columns": ["ticket"]}

    assert texts(fill([make_published()], make_seeds(0.9), **layout))[0][1] == "–"


def test_further_arms_of_ours_have_a_column_without_theirs(fill, make_published, make_seeds):
    """And protocols that the publication lacks too."""
    trials = [
        *make_seeds(0.93, protocol="random"),
        *make_seeds(0.94, protocol="random[scale=sparse-he]"),
    ]
    table = fill(
        [make_published(protocol="random")],
        trials,
        rows=["printed"],
        columns=["random", "ticket"],
        headings={"random": "Random init", "ticket": "Winning ticket"},
    )

    assert [column.full for column in table.columns] == [
        "Pruned",
        "Random init: Ours %",
        "Random init: Theirs %",
        "Random init: Difference (points)",
        "Random init, scale=sparse-he: Ours %",
        "Winning ticket: Ours %",
    ]
    assert texts(table)[0][4:] == ["94.00", ""]


def test_a_long_table_has_its_numbers_under_one_heading(
    fill, make_published, make_seeds, make_dense_seeds
):
    """Protocols are labels."""
    published = [
        make_published(protocol="dense", method="dense", printed="", target="", mean="93.00"),
        make_published(),
    ]
    table = fill(
        published,
        [*make_dense_seeds(0.93), *make_seeds(0.94)],
        rows=["model", "printed", "protocol"],
        columns=["dense", "ticket"],
        headings={"value": "Accuracy", "dense": "unpruned"},
    )

    assert [column.full for column in table.columns][2:4] == ["Protocol", "Accuracy: Ours %"]
    assert texts(table) == [
        ["VGG-16", "", "unpruned", "93.00", "93.00 (± 0.20)", "0.00 · no interval"],
        ["VGG-16", "20%", "ticket", "94.00", "93.66 (± 0.20)", "+0.34 · no interval"],
    ]


def test_repeated_labels_are_known(fill, make_published):
    """Data set and model, as long as both repeat the line above."""
    published = [
        make_published(model="A"),
        make_published(model="A", printed="40%", target="0.6"),
        make_published(model="B"),
    ]
    table = fill(published)

    assert table.grouped == 2
    assert table.repeated == (0, 2, 1)


def test_words_of_strangers_are_printable(fill, make_published):
    """Titles, footnotes and cells come from files."""
    table = fill(
        [make_published(model="a\x00", footnote="b\x1b", source="c\u202e")],
        title="d\x07",
        footnotes=["e\x00"],
    )
    said = [table.title, *table.footnotes, *(str(cell) for row in table.rows for cell in row)]

    assert not {"\x00", "\x1b", "\u202e", "\x07"} & set("".join(said))


def test_a_change_needs_its_base():
    """Without one, numbers are no changes."""
    assert not Quantity(lambda _: None).is_change
    assert Quantity(lambda _: None, {}).is_change
