"""The checklist of Blalock et al.: each item can be met or missed, and says by which number."""

from dataclasses import replace

import pytest

from prunebench.report.reading.checklist import ITEMS, checklist_table

NUMBERS = {
    "test_accuracy_last": 0.9,
    "params_dense": 1000,
    "macs_dense": 2000,
    "macs_sparse": 1000,
    "compression_ratio": 2.0,
    "theoretical_speedup": 2.0,
    "settings": {"dataset": {"identity": "sha256:1"}, "training": {"lr": 0.1}},
}


@pytest.fixture
def decide(record):
    """Give verdict and reason of every item by a word of its text."""

    def found(rows, **changes):
        table = checklist_table(replace(record, **changes), rows)
        lines = [[str(cell) for cell in row] for row in table.rows]

        def item(word):
            (line,) = [line for line in lines if word in line[0]]
            return line[1], line[2]

        return item

    return found


@pytest.fixture
def rows(make_row, make_dense):
    """Give two methods at two sizes with three seeds, and their dense networks."""
    pruned = [
        make_row(method=method, target=target, seed=seed, **NUMBERS)
        for method in ("magnitude", "obd")
        for target in ("0.5", "0.25")
        for seed in (0, 1, 2)
    ]
    dense = [make_dense(seed=seed, weights_digest=f"w{seed}", **NUMBERS) for seed in (0, 1, 2)]
    return [*pruned, *dense]


def test_every_item_is_decided_with_a_number_or_a_name(record, rows):
    """One line each, a verdict of three, a reason; the caption counts them."""
    table = checklist_table(record, rows)
    verdicts = [row[1].text for row in table.rows]

    assert len(table.rows) == len(ITEMS)
    assert set(verdicts) <= {"met", "not met", "not applicable"}
    assert all(row[2].text for row in table.rows)
    assert f"{verdicts.count('met')} met, {verdicts.count('not met')} not met" in table.caption


def test_pairs_of_mnist_kind_do_not_count(decide, make_row):
    """Three pairs are enough, and digits is none of them."""
    large = [make_row(dataset=f"data{n}", **NUMBERS) for n in range(3)]
    small = [make_row(dataset=name, **NUMBERS) for name in ("digits", "mnist[train=500]")]

    assert decide(large)("At least three pairs") == ("met", "3 pairs of 3")
    assert decide([*large[:1], *small])("At least three pairs") == (
        "not met",
        "1 pair of 3, and 2 of MNIST's kind, which do not count",
    )


def test_sizes_are_counted_on_the_shortest_curve(decide, make_row):
    """Five sizes at 2, 4, 8, 16 and 32 are asked for; one method with four of them misses it."""
    targets = ["0.5", "0.25", "0.125", "0.0625", "0.03125"]
    five = [make_row(target=target, **NUMBERS) for target in targets]
    four = [make_row(method="obd", target=target, **NUMBERS) for target in targets[:4]]

    assert decide(five)("At least five sizes")[0] == "met"
    assert "(2×, 4×, 8×, 16× and 32×)" in decide(five)("At least five sizes")[1]
    assert decide([*five, *four])("At least five sizes") == (
        "not met",
        "at least 4 sizes per method, 5 asked for; 5 of 2×, 4×, 8×, 16×, 32× were tried "
        "(2×, 4×, 8×, 16× and 32×)",
    )


def test_a_clear_fall_is_more_than_a_point(decide, make_row, make_dense):
    """From 95 % dense, 93.9 % is a fall and 94.1 % is none; every curve must have one."""
    dense = make_dense(test_accuracy_last=0.95)
    fell = make_row(target="0.1", test_accuracy_last=0.939)
    stays = make_row(target="0.1", protocol="ticket", test_accuracy_last=0.941)
    light = make_row(target="0.5", protocol="ticket", test_accuracy_last=0.5)
    whole = decide([dense, fell])("clearly falls")
    part = decide([dense, fell, stays, light])("clearly falls")

    assert whole[0] == "met"
    assert part[0] == "not met"
    assert "1 of 2 curves lie more than 1 point below the dense network" in part[1]


def test_few_seeds_and_one_seed_are_told_apart(decide, rows):
    """Three seeds give a deviation that says something, two give one, one gives none."""
    two = [row for row in rows if row.seed < 2]
    one = [row for row in rows if row.seed == 0]

    assert decide(rows)("Mean and sample") == ("met", "n = 3 in 4 cells, at least 3 asked for")
    assert decide(two)("Mean and sample")[0] == "not met"
    assert decide(two)("Error bars")[0] == "met"
    assert decide(one)("Error bars") == ("not met", "1 seed, so there is no deviation")
    assert decide(one)("Several initialisations")[0] == "not met"
    assert decide(rows)("Several initialisations")[0] == "met"


def test_all_methods_start_from_one_network_of_a_seed(decide, rows, make_dense):
    """A second digest of a seed, a missing one and a penalty of a method's own all break it."""
    second = make_dense(seed=0, weights_digest="other", trial="t9", **NUMBERS)
    nameless = [replace(row, weights_digest="") for row in rows]
    own = make_dense(regularized_by="obd", weights_digest="w9", **NUMBERS)
    asks = "starting weights"

    assert decide(rows)(asks) == (
        "met",
        "3 dense networks of 3 seeds, each with one digest of its weights",
    )
    assert decide([*rows, second])(asks)[0] == "not met"
    assert decide(nameless)(asks)[0] == "not met"
    assert decide([*rows, own])(asks) == (
        "not met",
        "3 dense networks of 3 seeds, each with one digest of its weights; but obd train their own "
        "with a penalty",
    )


def test_networks_trained_in_two_ways_are_counted_once_per_seed_and_way(decide, rows):
    """At another rate a seed gives another network: six of three seeds, and all must be there."""
    other = [replace(row, recipe="slow", weights_digest=f"slow {row.seed}") for row in rows]
    told, short = decide([*rows, *other]), decide([*rows, *other[:-1]])

    assert told("starting weights") == (
        "met",
        "6 dense networks of 3 seeds, each with one digest of its weights",
    )
    assert told("unpruned network") == ("met", "6 of 6 dense networks measured, one per seed")
    assert short("unpruned network") == ("not met", "5 of 6 dense networks measured, one per seed")
    assert told("The same library") == (
        "met",
        "1 way of loading, augmenting and training at most per pair and recipe; 1 environment",
    )


def test_trainings_and_environments_must_agree(decide, rows):
    """A pair trained in two ways, or on two machines, is not compared alike."""
    slower = {"dataset": {"identity": "sha256:1"}, "training": {"lr": 0.01}}
    other = [replace(rows[0], settings=slower), *rows[1:]]
    moved = [replace(rows[0], environment="elsewhere"), *rows[1:]]
    asks = "The same library"

    assert decide(rows)(asks)[0] == "met"
    assert decide(other)(asks)[0] == "not met"
    assert decide(moved)(asks)[0] == "not met"


def test_controls_are_held_against_every_other_method(decide, rows, make_row):
    """Random masks for both methods; magnitude for obd alone, for it is its own control."""
    controls = [
        make_row(method=f"{kind} like {of}", method_id=kind, control_of=of, target=target)
        for target in ("0.5", "0.25")
        for kind, of in (("random-mask", "magnitude"), ("random-mask", "obd"), ("magnitude", "obd"))
    ]
    bare, full, part = decide(rows), decide([*rows, *controls]), decide([*rows, *controls[:2]])

    assert bare("Random pruning with")[1] == "for 0 of 4 methods and sizes"
    assert full("Random pruning with") == ("met", "for 4 of 4 methods and sizes")
    assert full("Magnitude pruning with") == ("met", "for 2 of 2 methods and sizes")
    assert part("Random pruning with") == ("not met", "for 2 of 4 methods and sizes")
    assert bare("Magnitude pruning as") == ("met", "magnitude")
    assert bare("Random pruning as") == (
        "not met",
        "neither random-mask nor random-channel was asked for",
    )


def test_a_control_of_nothing_is_not_applicable(decide, make_row):
    """Where only magnitude ran there is nothing else to hold it against."""
    assert decide([make_row(**NUMBERS)])("Magnitude pruning with")[0] == "not applicable"


def test_top_five_is_asked_of_many_classes_alone(decide, make_row):
    """Without a hundred classes it does not apply; with them all trials must have it."""
    both = [make_row(test_top5_last=0.99, **NUMBERS), make_row(seed=1, **NUMBERS)]

    assert decide(both[1:])("top-5")[0] == "not applicable"
    assert decide(both[:1])("top-5")[0] == "met"
    assert decide(both)("top-5") == ("not met", "1 of 2 trials on digits have both")


def test_what_is_on_record_is_found_there(decide, rows):
    """Sources, machine and commit come from the record; uncommitted changes are no named code."""
    facts = {
        "processor": "P9",
        "commit": "abc",
        "libraries": {"torch": "2.13", "prunebench": "0.1"},
    }
    papers = {"method magnitude": "Han 2015", "method obd": "LeCun 1990"}
    told = decide(rows, environment=facts, papers=papers)
    bare = decide(rows, environment={})
    dirty = decide(rows, environment=facts | {"commit": "abc-dirty"})

    assert told("Where the numbers")[0] == "met"
    assert told("Hyper-parameters") == ("met", "settings of 15 of 15 trials; P9; torch 2.13")
    assert told("The code") == ("met", "prunebench 0.1 and commit abc")
    assert bare("Where the numbers")[0] == bare("Hyper-parameters")[0] == "not met"
    assert bare("The code") == ("not met", "neither version nor commit is on record")
    assert dirty("The code")[0] == "not met"


def test_the_other_items_can_be_met_and_missed(decide, rows):
    """A whole run meets them; one without dense networks, sizes or a second method does not."""
    bare = [
        replace(row, settings={}, compression_ratio=None, macs_sparse=None)
        for row in rows
        if row.method == "magnitude"
    ]
    whole, poor = decide(rows), decide(bare)

    for word in (
        "Architecture",
        "Compression and",
        "unpruned network",
        "Curves beside",
        "historical",
        "Multiply-adds",
    ):
        assert (whole(word)[0], poor(word)[0]) == ("met", "not met"), word
    assert "compression 2.00× to 2.00×, speed-up 2.00× to 2.00×" in whole("Compression and")[1]


def test_lost_trials_are_counted_with_the_raw_accuracies(decide, rows):
    """A diverged trial has its reason; an ok one without an accuracy would be a hole."""
    lost = replace(rows[0], status="diverged", test_accuracy_last=None)
    hole = replace(rows[0], test_accuracy_last=None)

    assert decide([lost, *rows[1:]])("Raw accuracies") == (
        "met",
        "11 of 12 trials have a test accuracy, and 1 is listed with its reason",
    )
    assert decide([hole, *rows[1:]])("Raw accuracies")[0] == "not met"


def test_a_run_without_a_number_meets_nothing_about_networks(decide, make_row):
    """Everything failed: no item about networks is met, and none breaks."""
    failed = make_row(status="failed", density=None, target_density=None)
    item = decide([failed])

    for word in ("Compression and", "unpruned", "five sizes", "Mean and", "Raw", "Multiply-adds"):
        assert item(word) == ("not met", "no pruned network was measured"), word
    assert item("Architecture")[0] == item("Several init")[0] == "not met"
