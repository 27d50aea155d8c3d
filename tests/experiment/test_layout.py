import pytest

from prunebench.errors import SpecError
from prunebench.experiment.layout import FILTERS, LABELS, Layout, read_layouts

TABLE = {
    "id": "table11a",
    "title": "Table 11(a)",
    "caption": "Test accuracy (%)",
    "reference": "liu2019_table11",
    "metric": "test_accuracy",
    "rows": ["model", "dense", "printed"],
    "columns": ["ticket", "random"],
}


def complaint(*tables):
    """Give the sentence of the error that layouts raise."""
    with pytest.raises(SpecError) as caught:
        read_layouts(tables, "x.toml")
    return str(caught.value)


def test_a_layout_is_what_the_table_says():
    """Lists become tuples, and one admitted value a list of one."""
    more = {"where": {"lr": 0.1, "model": ["a", "b"]}, "headings": {"ticket": "Winning ticket"}}
    (layout,) = read_layouts([TABLE | more], "x.toml")

    assert layout == Layout(
        id="table11a",
        title="Table 11(a)",
        caption="Test accuracy (%)",
        reference="liu2019_table11",
        metric="test_accuracy",
        rows=("model", "dense", "printed"),
        columns=("ticket", "random"),
        point="last",
        where={"lr": (0.1,), "model": ("a", "b")},
        headings={"ticket": "Winning ticket"},
        footnotes=(),
    )


def test_protocols_as_lines_make_a_long_table():
    """Then the numbers have a heading of their own."""
    (wide,) = read_layouts([TABLE], "x.toml")
    long_rows = {"rows": ["model", "protocol"], "headings": {"value": "Error"}}
    (long,) = read_layouts([TABLE | long_rows], "x.toml")

    assert (wide.is_long, long.is_long) == (False, True)
    assert complaint(TABLE | {"headings": {"value": "Error"}}).startswith(
        "x.toml, tables[0]: headings has no entry 'value'"
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"metrik": "x"}, "x.toml, tables[0]: unknown key 'metrik'; did you mean 'metric'?"),
        (
            {"metric": "loss"},
            "x.toml, tables[0]: metric = 'loss' cannot be used: it must be 'test_accuracy', "
            "'test_error', 'top1_accuracy', 'top5_accuracy', 'top1_change' or 'top5_change'.",
        ),
        (
            {"rows": ["modle"]},
            "x.toml, tables[0]: rows has no entry 'modle'; did you mean 'model'?",
        ),
        (
            {"where": {"xyz": 1}},
            f"x.toml, tables[0]: where has no entry 'xyz'; there are: {', '.join(FILTERS)}.",
        ),
        (
            {"headings": {"tiket": "x"}},
            "x.toml, tables[0]: headings has no entry 'tiket'; did you mean 'ticket'?",
        ),
        (
            {"reference": "../secret"},
            "x.toml, tables[0]: reference = '../secret' cannot be used: it must be letters, "
            "digits, hyphens and underscores.",
        ),
        ({"rows": []}, "x.toml, tables[0]: rows = [] cannot be used: it must not be empty."),
        (
            {"columns": "ticket"},
            "x.toml, tables[0]: columns = 'ticket' cannot be used: it must be a list.",
        ),
        (
            {"footnotes": [3]},
            "x.toml, tables[0]: footnotes[0] = 3 cannot be used: it must be text.",
        ),
        (
            {"columns": ["a["]},
            "x.toml, tables[0]: columns: cannot read 'a['; write a name, or name[key=value,...].",
        ),
        (
            {"columns": ["a[x=1,y=2]", "a[y=2,x=1]"]},
            "x.toml, tables[0]: columns has 'a[y=2,x=1]' twice; give every column once.",
        ),
        (
            {"kind": "list"},
            "x.toml, tables[0]: kind has no entry 'list'; there are: table, statements.",
        ),
        (
            {"metric": "top5_accuracy", "point": "best"},
            "x.toml, tables[0]: point = 'best' is not recorded for top-5; use 'last' or "
            "'selected'.",
        ),
    ],
)
def test_what_cannot_be_used_is_told_in_one_sentence(change, sentence):
    """Where, which key, which value, and how to mend it."""
    assert complaint(TABLE | change) == sentence


def test_a_missing_key_is_explained():
    """Its description says what belongs there."""
    without = {key: value for key, value in TABLE.items() if key != "metric"}

    assert complaint(without) == "x.toml, tables[0] lacks 'metric': what the numbers are."


def test_a_published_protocol_has_the_first_column_of_its_id():
    """Whatever settings that column asks for; a name that only begins alike is another."""
    columns = {"columns": ["ticket", "random-mask", "random[scale=sparse-he]", "random"]}
    (layout,) = read_layouts([TABLE | columns], "x.toml")

    assert layout.column("random") == "random[scale=sparse-he]"
    assert layout.column("ticket") == "ticket"
    assert layout.column("finetune") is None


def test_what_is_no_table_is_told():
    """Such as a list of names."""
    assert complaint("table1") == (
        "x.toml, tables[0] must be a table, got 'table1'; begin each layout with [[tables]]."
    )


def test_ids_are_unique():
    """Two tables of one name could not be told apart."""
    assert complaint(TABLE, TABLE) == (
        "x.toml: two tables have the id 'table11a'; give each its own."
    )


@pytest.mark.parametrize("name", LABELS)
def test_every_label_can_be_a_row(name):
    """And have a heading."""
    (layout,) = read_layouts([TABLE | {"rows": [name], "headings": {name: "Heading"}}], "x.toml")

    assert layout.rows == (name,)
