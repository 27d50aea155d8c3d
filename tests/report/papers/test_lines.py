from prunebench.report.papers.lines import paper_lines
from prunebench.report.papers.place import is_among
from prunebench.report.papers.trials import places


def test_numbers_meet_by_method_target_and_protocol(told, make_published, make_row):
    """0.80 and 0.8 are one target; every seed of ours comes along."""
    published = [make_published(mean="1"), make_published(mean="2", protocol="random")]
    rows = [
        make_row(trial="a", protocol="ticket", target="0.80"),
        make_row(trial="b", protocol="ticket", target="0.80", seed=1),
        make_row(trial="c", protocol="random", target="0.8"),
    ]

    assert told(published, rows) == [
        ("", "magnitude", "20%", {"ticket": (["1"], ["a", "b"]), "random": (["2"], ["c"])})
    ]


def test_lines_are_the_publications_and_ours_follow(told, make_published, make_row):
    """What was not run stays; what the publication lacks stands at the end, light ones first."""
    published = [make_published(printed="80%", target="0.2"), make_published()]
    rows = [make_row(protocol="ticket", target=t, trial=t) for t in ("0.1", "0.5", "0.8")]

    assert [(line[2], line[3]["ticket"]) for line in told(published, rows)] == [
        ("80%", (["93.66"], [])),
        ("20%", (["93.66"], ["0.8"])),
        ("0.5", ([], ["0.5"])),
        ("0.1", ([], ["0.1"])),
    ]


def test_controls_and_other_protocols_are_not_in_the_table(told, make_published, make_row):
    """Nor is a network that stands for nothing."""
    rows = [
        make_row(protocol="ticket", target="0.8", control_of="obd"),
        make_row(protocol="finetune", target="0.8"),
        make_row(protocol="ticket", target="0.8", model="other"),
    ]

    assert told([make_published()], rows) == [("", "magnitude", "20%", {"ticket": (["93.66"], [])})]


def test_a_second_variant_of_a_protocol_has_its_own_column(told, make_published, make_row):
    """The one that was asked for first is compared, whatever the alphabet says."""
    rows = [
        make_row(trial=label, protocol=label, protocol_id="random", target="0.8")
        for label in ("random[scale=sparse-he]", "random")
    ]
    ((_, _, _, cells),) = told([make_published(protocol="random", mean="2")], rows)

    assert cells == {
        "random": (["2"], ["random"]),
        "random[scale=sparse-he]": ([], ["random[scale=sparse-he]"]),
    }


def test_a_second_method_of_one_id_has_its_own_line(told, make_published, make_row):
    """Two scopes are never averaged."""
    rows = [
        make_row(trial=label, method=label, method_id="magnitude", protocol="ticket", target="0.8")
        for label in ("magnitude[scope=layer]", "magnitude")
    ]

    assert [line[1:] for line in told([make_published()], rows)] == [
        ("magnitude", "20%", {"ticket": (["93.66"], ["magnitude"])}),
        ("magnitude[scope=layer]", "0.8", {"ticket": ([], ["magnitude[scope=layer]"])}),
    ]


def test_a_second_recipe_of_one_network_has_its_own_block(told, make_published, make_row):
    """Two learning rates are never averaged, if no filter keeps them apart."""
    rows = [
        make_row(trial=recipe, recipe=recipe, protocol="ticket", target="0.8")
        for recipe in ("slow", "fast")
    ]

    assert [(line[0], line[3]) for line in told([make_published()], rows)] == [
        ("", {"ticket": (["93.66"], ["fast"])}),
        ("recipe slow", {"ticket": ([], ["slow"])}),
    ]


def test_filters_hold_for_theirs_and_for_ours(told, make_published, make_row):
    """The learning rate of ours is that of the dense training."""
    published = [make_published(lr="0.1", mean="1"), make_published(lr="0.01", mean="2")]
    rows = [
        make_row(trial=f"{lr}", protocol="ticket", target="0.8", settings={"training": {"lr": lr}})
        for lr in (0.1, 0.01)
    ]

    assert told(published, rows, where={"lr": 0.01})[0][3] == {"ticket": (["2"], ["0.01"])}
    assert told(published, rows, where={"model": "VGG-19"}) == []
    assert told(published, rows, where={"method": "magnitude", "lr": 0.1})[0][3] == {
        "ticket": (["1"], ["0.1"])
    }


def test_the_unpruned_network_is_not_filtered_by_what_it_has_not(
    make_layout, make_published, make_dense, asked
):
    """It has no method and no target."""
    layout = make_layout(where={"method": ["dense", "magnitude"]})
    dense = make_published(method="dense", protocol="dense", printed="", target="", mean="94")
    (line,) = paper_lines(layout, [dense], places(layout, [make_dense(trial="d")], asked, [dense]))

    assert line.slot is None
    assert [one.mean for one in line.dense.theirs] == ["94"]
    assert [row.trial for row in line.dense.ours] == ["d"]


def test_sources_that_disagree_share_a_cell_the_best_known_first(told, make_published):
    """A number that was read comes before one that was remembered."""
    published = [
        make_published(mean="1", standing="memory"),
        make_published(mean="2", standing="read"),
        make_published(mean="3", standing="second-hand"),
    ]

    assert told(published, [])[0][3] == {"ticket": (["2", "3", "1"], [])}


def test_a_training_with_a_penalty_stands_on_its_methods_first_line(
    told, make_published, make_dense
):
    """It has no target; ours is the dense network that the method's regularizer trained."""
    published = [
        make_published(method="slimming", protocol="sparsity-training", printed="", target=""),
        make_published(method="slimming", protocol="finetune", printed="40%", mean="1"),
        make_published(method="slimming", protocol="finetune", printed="60%", target="0.4"),
    ]
    rows = [make_dense(trial="p", regularized_by="slimming[strength=0.005]")]
    first, second = told(published, rows, columns=["sparsity-training", "finetune"])

    assert first[3] == {"sparsity-training": (["93.66"], ["p"]), "finetune": (["1"], [])}
    assert second[3] == {"finetune": (["93.66"], [])}


def test_a_long_table_has_a_line_for_every_protocol(told, make_published, make_row, make_dense):
    """The unpruned network is one of them."""
    published = [
        make_published(method="dense", protocol="dense", printed="", target="", mean="1"),
        make_published(mean="2"),
        make_published(protocol="random", mean="3"),
    ]
    rows = [make_dense(trial="d"), make_row(trial="r", protocol="random", target="0.8")]
    lines = told(
        published,
        rows,
        rows=["model", "printed", "protocol"],
        columns=["dense", "ticket", "random"],
    )

    assert [line[3] for line in lines] == [
        {"dense": (["1"], ["d"])},
        {"ticket": (["2"], [])},
        {"random": (["3"], ["r"])},
    ]


def test_changes_are_shown_beside_the_accuracy_they_are_counted_from(told, make_published):
    """The unpruned network has an accuracy and no change; other metrics stay out."""
    published = [
        make_published(protocol="dense", metric="top1_accuracy", printed="", target=""),
        make_published(metric="top1_change", mean="-1.5"),
        make_published(metric="top5_change", mean="-9"),
        make_published(metric="top1_accuracy", mean="70"),
    ]

    assert told(published, [], metric="top1_change") == [
        ("", "magnitude", "20%", {"ticket": (["-1.5"], [])})
    ]


def test_numbers_are_compared_as_numbers():
    """Everything else as text."""
    assert is_among(["0.10"], [0.1])
    assert is_among(["a", "b"], ["b"])
    assert not is_among([""], [0.1])
