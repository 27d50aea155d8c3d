"""Several grids in one file, and files in several sizes."""

import pytest

from prunebench.errors import SpecError
from prunebench.experiment.experiment import expand
from prunebench.experiment.parts import merged, part_values
from prunebench.experiment.schema import load, validate

TWO_RATES = {
    "name": "two rates",
    "seeds": 2,
    "densities": [0.5],
    "recipe": {"preset": "digits", "length": 3, "finetune": {"length": 1}},
    "parts": [
        {"model": "smallconv", "recipe": {"lr": 0.1}},
        {"model": "lenet300100", "sparsities": [0.8], "recipe": {"lr": 0.01}},
    ],
}


def complaint(values):
    """Give the sentence of the error that `values` raise."""
    with pytest.raises(SpecError) as caught:
        validate(values, "x.toml")
    return str(caught.value)


@pytest.mark.parametrize("parts", [3, [3]])
def test_parts_that_are_no_tables_are_refused(parts):
    """A template's are not checked by anything else."""
    with pytest.raises(SpecError, match=r"must be (a table|tables); begin each with \[\[parts\]\]"):
        part_values({"parts": parts}, "x.toml")


def written(tmp_path, text):
    """Write a TOML file and give its path."""
    path = tmp_path / "sizes.toml"
    path.write_text(text)
    return str(path)


def test_a_part_says_anew_what_differs():
    """Keys are replaced, recipes merged, and new sparsities drop the common densities."""
    one, other = validate(TWO_RATES, "test").grids

    assert [m.label for m in one.models + other.models] == ["smallconv", "lenet300100"]
    assert (one.densities, other.densities) == ((0.5,), (0.2,))
    assert one.changes == {"length": 3, "finetune": {"length": 1}, "lr": 0.1}
    assert other.changes == {"length": 3, "finetune": {"length": 1}, "lr": 0.01}
    assert one.seeds == other.seeds == (0, 1)


def test_without_parts_an_experiment_is_its_own_grid():
    """Nobody who reads grids needs to ask whether there are parts."""
    whole = validate({}, "test")

    assert whole.grids == (whole,)


def test_a_recipe_with_its_own_preset_stands_alone():
    """Fields of another preset's recipe would change what the name promises."""
    common = {"recipe": {"preset": "digits", "length": 3}}

    assert merged(common, {"recipe": {"preset": "mnist"}}) == {"recipe": {"preset": "mnist"}}
    assert merged(common, {"recipe": {"length": 9}})["recipe"] == {"preset": "digits", "length": 9}


def test_record_holds_every_part_and_their_union():
    """``run.json`` reads back as the same parts; its lists name all of them."""
    asked = validate(TWO_RATES, "test")
    record = asked.record()

    assert record["model"] == ["smallconv", "lenet300100"]
    assert record["densities"] == [0.5, 0.2]
    assert validate(record, "run.json").grids == asked.grids


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([3], "x.toml: parts[0] = 3 cannot be used: it must be a table."),
        ([{}, {"name": "b"}], "x.toml, parts[1]: 'name' is said of all parts together"),
        ([{"parts": []}], "x.toml, parts[0]: 'parts' is said of all parts together"),
        ([{"densitys": [1]}], "x.toml, parts[0]: unknown key 'densitys'; did you mean 'densities'"),
        ([{"recipe": {"lr": -1}}], "x.toml, parts[0], [recipe]: lr must be a number of at least 0"),
    ],
)
def test_complaints_name_the_part(parts, sentence):
    """Whoever reads the sentence knows which part to mend."""
    assert complaint({"parts": parts}).startswith(sentence)


SIZES = """
seeds = 5
densities = [0.5]
[recipe]
preset = "digits"
length = 16
[tiers.smoke]
seeds = 1
sparsities = [0.9]
[tiers.smoke.recipe]
length = 1
[tiers.big]
[[tiers.big.parts]]
seeds = 7
[[tiers.big.parts]]
seeds = 8
"""


def test_a_tier_replaces_what_it_says(tmp_path):
    """The rest of the file stays; the tier and the file are on record."""
    smoke = load(written(tmp_path, SIZES), {}, "smoke")

    assert (smoke.seeds, smoke.densities) == ((0,), (0.1,))
    assert smoke.changes == {"length": 1}
    assert (smoke.study.benchmark, smoke.study.tier) == ("sizes", "smoke")


def test_a_flag_beats_every_part(tmp_path):
    """What is typed counts for all parts, whatever they say."""
    path = written(tmp_path, SIZES)

    assert [len(grid.seeds) for grid in load(path, {}, "big").grids] == [7, 8]
    assert [grid.seeds for grid in load(path, {"seeds": [3]}, "big").grids] == [(3,), (3,)]


@pytest.mark.parametrize(
    ("tier", "sentence"),
    [
        (None, "comes in tiers, from seconds to the paper's own setting; choose one with --tier "),
        ("smok", "has no tier 'smok'; did you mean 'smoke'? its tiers are: smoke, big."),
        ("zzz", "has no tier 'zzz'; its tiers are: smoke, big."),
    ],
)
def test_a_tier_must_be_chosen(tmp_path, tier, sentence):
    """Nobody starts the paper's own setting by accident."""
    path = written(tmp_path, SIZES)
    with pytest.raises(SpecError) as caught:
        load(path, {}, tier)

    assert sentence in str(caught.value)


def test_a_file_without_tiers_refuses_one(tmp_path):
    """A tier that is not there would silently be the whole."""
    with pytest.raises(SpecError, match="it has none; leave --tier out"):
        load(written(tmp_path, "seeds = 1"), {}, "t1")


@pytest.mark.parametrize("tiers", ["3", "{ t1 = 3 }"])
def test_tiers_must_be_tables(tmp_path, tiers):
    """Anything else is refused with an example."""
    with pytest.raises(SpecError, match=r"tiers must be tables, such as \[tiers.smoke\]"):
        load(written(tmp_path, f"tiers = {tiers}"), {}, "t1")


def test_swept_rates_are_the_same_for_every_method():
    """Fine-tuning is written once for each rate; a rate of its own, and other protocols, stay."""
    asked = validate(
        {
            "methods": "a,b",
            "protocols": "finetune,finetune[lr=0.5],ticket",
            "densities": [0.5],
            "seeds": [0],
            "finetune_lrs": [0.1, 0.01],
        },
        "test",
    )
    tried = [(trial.method.name, trial.protocol.label) for trial in expand(asked)]

    once = ["finetune[lr=0.1]", "finetune[lr=0.01]", "finetune[lr=0.5]", "ticket"]
    assert tried == [(method, protocol) for method in "ab" for protocol in once]
    assert validate(asked.record(), "run.json") == asked


@pytest.mark.parametrize("protocols", ["ticket", "finetune[lr=0.5]"])
def test_rates_that_nothing_chooses_from_are_refused(protocols):
    """A sweep that silently tries nothing would look like one that was done."""
    said = complaint({"protocols": protocols, "finetune_lrs": [0.1, 0.01]})

    assert said.startswith("x.toml: nothing chooses from finetune_lrs = [0.1, 0.01]; ask for the")


@pytest.mark.parametrize("common", [{}, {"metrics": ["ece", "agreement"]}])
def test_metrics_of_parts_are_their_own(common):
    """What a part does not say is common; that it has none survives the record too."""
    parts = [{"metrics": ["ece[bins=3]"]}, {"metrics": []}, {"densities": [0.1]}]
    asked = validate({**common, "parts": parts}, "test")
    found = [[choice.label for choice in part.metrics] for part in asked.parts]

    assert found == [["ece[bins=3]"], [], common.get("metrics", [])]
    assert validate(asked.record(), "run.json").grids == asked.grids
