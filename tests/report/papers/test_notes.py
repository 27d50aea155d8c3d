from dataclasses import replace

STANDS = {
    "dataset": ["digits"],
    "model": ["mlp"],
    "stands_for": {"dataset": "CIFAR-10", "model": "VGG-16"},
}
REDUCED = {"tier": "t1", "parts": [STANDS]}


def test_marks_say_how_far_a_number_can_be_trusted(fill, make_published):
    """Numbers in reading order; equal footnotes share one; disagreeing sources are told."""
    published = [
        make_published(standing="second-hand", footnote="a copy error"),
        make_published(protocol="random", standing="memory"),
        make_published(target="0.6", printed="40%", footnote="read otherwise"),
        make_published(target="0.6", printed="40%", mean="93.70", standing="memory", source="M"),
        make_published(target="0.6", printed="40%", protocol="random", footnote="a copy error"),
    ]
    table = fill(published, rows=["printed"], columns=["ticket", "random"])

    assert [(row[2].marks, row[4].marks) for row in table.rows] == [
        ("† [1]", "‡"),
        ("[2] [3]", "[1]"),
    ]
    assert table.footnotes == (
        "† quoted by others, not read in the publication itself.",
        "‡ from memory, never a gate.",
        "[1] a copy error",
        "[2] read otherwise",
        "[3] 93.70 in: M.",
        "Read in: A paper; M.",
    )


def test_numbers_of_runs_stand_beside_what_differs(fill, make_published):
    """A caption can only tell what all have in common."""
    same = [make_published(), make_published(protocol="random")]
    other = [same[0], replace(same[1], n="")]

    assert "Theirs: Somebody 2019, 5 runs each." in fill(same).caption
    assert "number of runs n beside each" in fill(other).caption
    assert [cell.note for cell in fill(other).rows[0] if "(" in cell.text] == [
        "n = 5",
        "n not stated",
    ]


def test_a_reduced_tier_says_so(fill, make_published, make_seeds):
    """It stands for the paper's network and tests nothing of it; the full one is no stand-in."""
    sentence = (
        "Reduced tier t1: mlp on digits stands for VGG-16 on CIFAR-10; differences to the paper "
        "are not a test of it."
    )
    trials = make_seeds(0.9)

    assert fill([make_published()], trials, REDUCED).caption.endswith(sentence)
    assert fill([make_published()], trials, REDUCED | {"tier": "t2"}).caption.endswith(
        "mlp on digits stands for VGG-16 on CIFAR-10."
    )
    assert fill([make_published()], [], REDUCED).caption.endswith("Ours: nothing of it was run.")


def test_what_ours_are_in_full_is_told_below(fill, make_published, make_seeds):
    """Settings that a heading does not say, and footnotes of the layout before them."""
    labels = {"protocol": "random[scale=sparse-he]", "method": "magnitude[scope=global]"}
    trials = make_seeds(0.9, **labels, protocol_id="random", method_id="magnitude")
    table = fill(
        [make_published(protocol="random")],
        trials,
        footnotes=["an erratum"],
        headings={"random": "Random init"},
    )

    assert table.footnotes[:2] == (
        "an erratum",
        "Of ours, Random init is random[scale=sparse-he] and the method is "
        "magnitude[scope=global].",
    )


def test_the_smallest_difference_that_the_seeds_detect_is_told(fill, make_published, make_seeds):
    """Differences 1, 2 and 3 points have deviation 1.

    The non-central t with 2 degrees of freedom exceeds 4.303 with probability 0.8 at 5.65, so a
    paired t test of three seeds finds 5.65 / sqrt(3) = 3.26 deviations.
    """
    trials = [
        *make_seeds(0.91, 0.92, 0.93),
        *make_seeds(0.90, 0.90, 0.90, protocol="random"),
    ]
    table = fill([make_published()], trials)

    assert any("3.26 points, on every line" in note for note in table.footnotes)


SLOW = {"recipe": "usual[lr=0.01]", "lr": 0.01}
FAST = {"recipe": "usual[lr=0.1]", "lr": 0.1}
PARTS = {
    "parts": [STANDS | {"recipe": {"preset": "usual", "lr": rate}} for rate in (0.01, 0.1)],
    "tier": "t1",
}


def test_several_recipes_are_named(fill, make_published, make_seeds):
    """The one that is compared below the table, the others beside their lines."""
    trials = [*make_seeds(0.9, **FAST), *make_seeds(0.8, **SLOW)]
    table = fill([make_published()], trials, PARTS)
    single = fill([make_published()], make_seeds(0.9, **FAST), PARTS)
    sentence = "Ours are of the recipe usual[lr=0.01] unless a line says otherwise."

    assert [row[1].note for row in table.rows] == ["", "ours: recipe lr=0.1"]
    assert sentence in table.footnotes
    assert not any("recipe" in note for note in single.footnotes)


def test_a_recipe_is_told_where_no_label_is_the_model(fill, make_published, make_seeds):
    """Beside the first label that there is."""
    trials = [*make_seeds(0.9, **FAST), *make_seeds(0.8, **SLOW)]
    notes = [
        [row[0].note for row in fill([make_published()], trials, PARTS, rows=rows).rows]
        for rows in (["printed"], ["dataset", "printed"], ["target"])
    ]

    assert notes == [["", "ours: recipe lr=0.1"]] * 3


def test_other_rates_side_by_side_are_told(fill, make_published, make_seeds):
    """In a reduced tier; what stands on other lines is not compared."""
    trials = [*make_seeds(0.9, **FAST), *make_seeds(0.9, target="0.6", **FAST)]
    published = [
        make_published(lr="0.010"),
        make_published(lr="0.010", printed="5%", target="0.95"),
    ]
    table = fill(published, trials, PARTS, headings={"ticket": "Winning ticket"})
    none = fill([make_published(lr="0.1")], trials, PARTS)

    assert "Initial learning rates, ours against theirs: Winning ticket 0.1 against 0.01." in (
        table.footnotes
    )
    assert not any("rates" in note for note in none.footnotes)
