import subprocess
import sys

import pytest

from prunebench.errors import SpecError, UnknownNameError
from prunebench.experiment.choice import Choice
from prunebench.experiment.experiment import DEFAULT_DENSITIES, Experiment
from prunebench.experiment.schema import (
    ExperimentFile,
    benchmark_names,
    load,
    validate,
)
from prunebench.experiment.shipped import benchmark_path, read_toml


def complaint(values):
    """Give the sentence of the error that `values` raise."""
    with pytest.raises(SpecError) as caught:
        validate(values, "x.toml")
    return str(caught.value)


def deep(levels):
    """Give a table in a table in a table."""
    return {"a": deep(levels - 1)} if levels else 1


def test_nothing_asked_is_the_default_experiment():
    """The file's defaults and the dataclass's are the same."""
    assert validate({}, "test") == Experiment()


def test_every_key_has_a_description():
    """Descriptions become the help."""
    assert all(field.description for field in ExperimentFile.model_fields.values())


def test_one_thing_stands_for_a_list_of_one():
    """Strings, lists, commas and tables are four ways to name choices."""
    expected = (Choice("magnitude", {"scope": "global"}), Choice("l1filter"))

    for written in (
        "magnitude[scope=global],l1filter",
        ["magnitude[scope=global]", "l1filter"],
        [{"name": "magnitude", "scope": "global"}, "l1filter"],
    ):
        assert validate({"methods": written}, "test").methods == expected
    alone = validate({"methods": {"name": "magnitude", "scope": "global"}}, "test")
    assert alone.methods == expected[:1]


def test_repeated_entries_count_once():
    """Choices, densities and seeds are sets in the order they were written."""
    asked = validate(
        {"methods": "a,b,a[],b[x=1]", "densities": [0.2, 0.5, 0.2], "seeds": [3, 1, 3]}, "test"
    )

    assert [choice.label for choice in asked.methods] == ["a", "b", "b[x=1]"]
    assert asked.densities == (0.2, 0.5)
    assert asked.seeds == (3, 1)


def test_sparsity_is_the_complement_of_density():
    """Exactly: sparsity 0.9 is the density a person would type, 0.1."""
    sparse = validate({"sparsities": [0, 0.1, 0.9, 0.99, 0.987]}, "test")

    assert sparse.densities == (1.0, 0.9, 0.1, 0.01, 0.013)


def test_one_of_densities_and_sparsities():
    """Both is a contradiction; neither gives the defaults; None says nothing."""
    assert complaint({"densities": [0.5], "sparsities": [0.5]}).startswith("x.toml: give densities")
    assert validate({"sparsities": None}, "test").densities == DEFAULT_DENSITIES
    assert validate({"densities": None, "sparsities": [0.75]}, "test").densities == (0.25,)


def test_seeds_are_a_number_or_a_list():
    """A number counts them from 0."""
    assert validate({"seeds": 2}, "test").seeds == (0, 1)
    assert validate({"seeds": [0]}, "test").seeds == (0,)


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        (0, " = 0 cannot be used: it must be at least 1."),
        ([1, -1], "[1] = -1 cannot be used: it must be at least 0."),
        ([], " is empty; name at least one."),
        ("3", " = '3' cannot be used: it must be a whole number."),
        (True, " = True cannot be used: it must be a whole number."),
        (1.5, " = 1.5 cannot be used: it must be a whole number."),
        ([1.5], "[0] = 1.5 cannot be used: it must be a whole number."),
        ([False], "[0] = False cannot be used: it must be a whole number."),
    ],
)
def test_unusable_seeds_are_refused(seeds, said):
    """No seeds, negative ones, fractions, text and truths are mistakes."""
    assert complaint({"seeds": seeds}) == f"x.toml: seeds{said}"


@pytest.mark.parametrize("key", ["dataset", "methods", "protocols", "densities", "seeds"])
def test_empty_list_is_refused(key):
    """An empty axis would make an empty experiment."""
    assert complaint({key: []}) == f"x.toml: {key} is empty; name at least one."


@pytest.mark.parametrize("model", ["", " ", [""], ","])
def test_model_that_names_nothing_is_refused(model):
    """No model lets the data set choose; one without a name is a mistake."""
    assert complaint({"model": model}) == "x.toml: model is empty; name at least one."
    assert validate({"model": []}, "x.toml").models == ()


@pytest.mark.parametrize(
    ("density", "bound"),
    [
        (0, "above 0"),
        (-0.5, "above 0"),
        (1.5, "at most 1"),
        (float("nan"), "a finite number"),
        ("0.5", "a number"),
        (True, "a number"),
    ],
)
def test_impossible_density_names_key_and_value(density, bound):
    """File, key, position, value and bound stand in the sentence."""
    said = complaint({"densities": [0.5, density]})

    assert said == f"x.toml: densities[1] = {density!r} cannot be used: it must be {bound}."


def test_sparsity_lies_below_one():
    """Removing nothing is a control; removing everything is a mistake."""
    assert complaint({"sparsities": [0, 1]}).endswith(
        "sparsities[1] = 1 cannot be used: it must be below 1."
    )


def test_unknown_key_suggests_the_nearest():
    """A typo in a key is mended; a key from nowhere gets the list."""
    assert complaint({"densitys": [0.5]}) == (
        "x.toml: unknown key 'densitys'; did you mean 'densities'?"
    )
    assert "the keys are: name, about, source" in complaint({"zzz": 1})


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"methods": 3}, "x.toml: methods[0] = 3 cannot be used: it must be text."),
        (
            {"methods": [{"scope": "global"}]},
            "x.toml: methods[0] = {'scope': 'global'} cannot be used: it needs a name.",
        ),
        ({"densities": 0.5}, "x.toml: densities = 0.5 cannot be used: it must be a list."),
        ({"methods": ["magnitude[scope"]}, "x.toml: cannot read 'magnitude[scope'"),
        ({"density_of": "weights"}, "x.toml: density_of = 'weights' cannot be used"),
        ({"device": "tpu"}, "x.toml: device = 'tpu' cannot be used"),
        ({"recipe": "digits"}, "x.toml: recipe = 'digits' cannot be used"),
        ({"recipe": {"lenght": 3}}, "x.toml, [recipe]: a recipe has no field 'lenght'"),
        ({"recipe": {"lr": "fast"}}, "x.toml, [recipe]: lr = 'fast' cannot be used"),
    ],
)
def test_complaints_name_file_table_and_key(values, sentence):
    """Whoever reads the sentence knows where to look."""
    assert complaint(values).startswith(sentence)


@pytest.mark.parametrize("preset", ["digitz", 3])
def test_unknown_preset_is_found_before_planning(preset):
    """A preset is looked up as soon as it is read."""
    with pytest.raises(UnknownNameError, match="presets are"):
        validate({"recipe": {"preset": preset}}, "x.toml")


def test_toml_and_flags_meet(tmp_path):
    """A flag replaces the file's value; the rest stays."""
    path = tmp_path / "asked.toml"
    path.write_text(
        'dataset = "digits"\ndensities = [0.5]\nseeds = 2\n\n[recipe]\npreset = "digits"\nlr = 1\n'
    )

    asked = load(str(path), {"seeds": [7], "densities": None, "sparsities": [0.75]})

    assert (asked.seeds, asked.densities, asked.recipe) == ((7,), (0.25,), "digits")
    assert asked.changes == {"lr": 1}


def test_unreadable_toml_names_the_file(tmp_path):
    """Absent, malformed and binary files are told apart."""
    broken, binary = tmp_path / "broken.toml", tmp_path / "binary.toml"
    broken.write_text("methods = [")
    binary.write_bytes(b"\xff")

    for path, sentence in (
        (tmp_path / "absent.toml", "cannot read"),
        (broken, "not valid TOML"),
        (binary, "not valid TOML"),
        (tmp_path, "is a folder; name a TOML file in it"),
        (tmp_path / "asked", "no file and no benchmark"),
    ):
        with pytest.raises((SpecError, UnknownNameError), match=sentence) as caught:
            load(str(path), {})
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", benchmark_names())
def test_every_shipped_benchmark_reads(name):
    """Benchmarks are found by name and valid, in every size that they have."""
    for tier in read_toml(benchmark_path(name)).get("tiers") or [None]:
        assert load(name, {}, tier).name


def test_unknown_benchmark_suggests_the_nearest():
    """A name that is neither file nor benchmark gets the nearest and the list."""
    with pytest.raises(UnknownNameError, match=r"did you mean 'smoke'\? The benchmarks are: "):
        load("smok", {})
    with pytest.raises(UnknownNameError, match="no benchmark 'zzz'; the benchmarks are: "):
        load("zzz", {})


def test_folder_hides_no_benchmark(tmp_path, monkeypatch):
    """A folder that happens to bear a benchmark's name is passed over."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "smoke").mkdir()

    assert load("smoke", {}).name


def test_asking_needs_no_torch():
    """Reading an experiment stays instant: no module of the room imports torch."""
    modules = "prunebench.experiment.schema, prunebench.experiment.experiment"
    code = f"import {modules}, sys; assert 'torch' not in sys.modules"

    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"a = {'[' * 5000}{']' * 5000}", "is nested too deeply to be read; write it flatter."),
        (f"a = {'{a=' * 5000}1{'}' * 5000}", "is nested too deeply to be read; write it flatter."),
        (
            f"seeds = {'9' * 5000}",
            "is not valid TOML: Exceeds the limit (4300 digits) for integer string conversion: "
            "value has 5000 digits.",
        ),
    ],
)
def test_files_made_to_break_the_reader_get_one_sentence(tmp_path, text, sentence):
    """Depth and digits without end are no traceback."""
    path = tmp_path / "bomb.toml"
    path.write_text(text)

    with pytest.raises(SpecError) as caught:
        load(str(path), {})

    assert str(caught.value) == f"{path} {sentence}"


def test_a_byte_order_mark_is_passed_over(tmp_path):
    """Some editors of Windows begin every file with one."""
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbfseeds = 2\r\n")

    assert load(str(path), {}).seeds == (0, 1)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"seeds": 10**9}, "x.toml: seeds = 1000000000 cannot be used: it must be at most 10000."),
        ({"seeds": [2**64]}, f"x.toml: seeds[0] = {2**64} cannot be used: "),
        ({"latency": "yes"}, "x.toml: latency = 'yes' cannot be used: it must be true or false."),
        ({"diagnostics": 1}, "x.toml: diagnostics = 1 cannot be used: it must be true or false."),
        ({"parts": [{"recipe": {"lr": deep(300)}}]}, "x.toml, parts[0], [recipe]: nested too"),
    ],
)
def test_slips_that_would_cost_memory_or_meaning_are_refused(values, sentence):
    """Seeds by the milliard, words for truths, tables in tables."""
    assert complaint(values).startswith(sentence)


def test_tables_of_numbers_that_are_not_shipped_are_refused_before_training():
    """A report could not be written after it."""
    table = {
        "id": "a",
        "title": "t",
        "caption": "c",
        "reference": "liu2019_table1l",
        "metric": "test_accuracy",
        "rows": ["model"],
        "columns": ["ticket"],
    }

    assert complaint({"tables": [table]}) == (
        "x.toml: there are no published numbers 'liu2019_table1l'; did you mean 'liu2019_table11'?"
    )
