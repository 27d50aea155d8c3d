from dataclasses import replace

import pytest

RATES = ("usual[lr=0.01]", "usual[length=3, lr=0.1]", "usual[lr=0.1]")


@pytest.fixture
def at_rates(make_row):
    """Give one trial of every recipe of `RATES`, in no particular order."""
    return [
        make_row(trial=recipe, recipe=recipe, protocol="ticket", target="0.8", lr=float(rate))
        for recipe in sorted(RATES)
        for rate in [recipe.rpartition("=")[2].removesuffix("]")]
    ]


def test_the_first_part_is_compared_where_no_rate_is_published(
    told, asked, make_published, at_rates
):
    """The others follow in the order of the parts, each labelled by what tells it apart."""
    whose = replace(asked, recipes=RATES)
    lines = told([make_published()], at_rates, whose)

    assert [(line[0], line[3]["ticket"]) for line in lines] == [
        ("", (["93.66"], [RATES[0]])),
        ("recipe length=3, lr=0.1", ([], [RATES[1]])),
        ("recipe lr=0.1", ([], [RATES[2]])),
    ]


def test_a_published_rate_decides_before_the_order_of_parts(told, asked, make_published, at_rates):
    """Of those that have it, the first part's; the others follow, those with the rate first."""
    whose = replace(asked, recipes=RATES)
    lines = told([make_published(lr="0.10")], at_rates, whose)

    assert [(line[0], line[3]["ticket"]) for line in lines] == [
        ("", (["93.66"], [RATES[1]])),
        ("recipe length as usual", ([], [RATES[2]])),
        ("recipe lr=0.01, length as usual", ([], [RATES[0]])),
    ]


def test_a_short_scratch_part_never_takes_the_place_of_the_first(
    told, asked, make_published, make_row
):
    """Li et al. print the rate of the fine-tuning alone; the dense network has none printed."""
    usual, short = "usual[lr=0.1]", "usual[length=3, lr=0.001]"
    rows = [
        make_row(trial="s", protocol="scratch-e", target="0.8", recipe=short, lr=0.001),
        make_row(trial="e", protocol="scratch-e", target="0.8", recipe=usual, lr=0.1),
        make_row(trial="f", protocol="finetune", target="0.8", recipe=usual, lr=0.001),
    ]
    published = [
        make_published(protocol="finetune", lr="0.001"),
        make_published(protocol="scratch-e"),
    ]
    whose = replace(asked, recipes=(usual, short))

    assert [
        (line[0], line[3])
        for line in told(published, rows, whose, columns=["finetune", "scratch-e"])
    ] == [
        ("", {"finetune": (["93.66"], ["f"]), "scratch-e": (["93.66"], ["e"])}),
        ("recipe length=3, lr=0.001", {"scratch-e": ([], ["s"])}),
    ]


def test_another_rate_than_the_published_one_is_not_compared_with_it(
    told, asked, make_published, make_row
):
    """It has a line of its own; a reduced tier, which stands in for another training, may be."""
    rows = [make_row(trial="r", protocol="ticket", target="0.8", lr=0.01)]
    published = [make_published(lr="0.1")]
    reduced = replace(asked, is_strict=False)

    assert [(line[0], line[3]["ticket"]) for line in told(published, rows)] == [
        ("", (["93.66"], [])),
        ("digits · mlp · smoke", ([], ["r"])),
    ]
    assert [(line[0], line[3]["ticket"]) for line in told(published, rows, reduced)] == [
        ("", (["93.66"], ["r"])),
    ]


def arms(make_row, *labels):
    """Make one trial of every protocol, with all settings that the random arm has."""
    return [
        make_row(
            trial=label,
            protocol=label,
            protocol_id="random",
            target="0.8",
            settings={"protocol": {"scale": "sparse-he" if "sparse-he" in label else "same"}},
        )
        for label in labels
    ]


COLUMNS = ["ticket", "random[scale=sparse-he]", "random"]


def test_a_column_may_name_a_protocols_settings(told, make_published, make_row):
    """Theirs stand in the first column of their protocol, ours where their settings say."""
    rows = arms(make_row, "random", "random[scale=sparse-he]")
    ((_, _, _, cells),) = told([make_published(protocol="random")], rows, columns=COLUMNS)

    assert cells == {
        "random[scale=sparse-he]": (["93.66"], ["random[scale=sparse-he]"]),
        "random": ([], ["random"]),
    }


def test_an_arm_of_other_settings_is_not_held_against_theirs(told, make_published, make_row):
    """Not even where the one of the layout was not run; one that no column means has its own."""
    rows = arms(make_row, "random")
    published = [make_published(protocol="random")]
    ((_, _, _, both),) = told(published, rows, columns=COLUMNS)
    ((_, _, _, one),) = told(published, rows, columns=COLUMNS[:2])

    assert (
        both
        == one
        == {
            "random[scale=sparse-he]": (["93.66"], []),
            "random": ([], ["random"]),
        }
    )


def test_draws_share_their_arms_column_unless_both_were_run(told, make_published, make_row):
    """What a column does not say may be anything; of two that fit, the first asked for has it."""
    published = [make_published(protocol="random")]
    ((_, _, _, alone),) = told(published, arms(make_row, "random[draws=3]"), columns=COLUMNS)
    ((_, _, _, both),) = told(
        published, arms(make_row, "random[draws=3]", "random"), columns=COLUMNS
    )

    assert alone["random"] == ([], ["random[draws=3]"])
    assert both["random"] == ([], ["random"])
    assert both["random[draws=3]"] == ([], ["random[draws=3]"])
