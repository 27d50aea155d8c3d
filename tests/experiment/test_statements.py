from typing import get_args

import pytest

from prunebench.claims.quantities import QUANTITIES
from prunebench.errors import SpecError
from prunebench.experiment.layout import read_layouts
from prunebench.experiment.statements import Quantity, Statement, Statements

STATEMENT = {
    "published": {"quantity": "faster by", "model": "LeNet"},
    "quantity": "log_early_stop",
    "x": {"protocol": "ticket"},
    "y": {"method": "dense"},
    "tiers": {"t1": {"target": "0.263"}, "t2": {}},
}
TABLE = {
    "kind": "statements",
    "id": "text",
    "title": "Section 2",
    "caption": "What the text says",
    "reference": "frankle2019",
    "tiers": {"t1": {"method": "magnitude", "target": "0.5"}, "smoke": {"seed": 0}},
    "statements": [STATEMENT],
}


def complaint(table=None, **change):
    """Give the sentence of the error that a layout raises."""
    with pytest.raises(SpecError) as caught:
        read_layouts([table or TABLE | {"statements": [STATEMENT | change]}], "x.toml")
    return str(caught.value)


def test_a_statement_is_what_the_table_says():
    """Its own entries of a tier come over those of all; a tier that it lacks is not measured."""
    (layout,) = read_layouts([TABLE], "x.toml")

    assert layout == Statements(
        id="text",
        title="Section 2",
        caption="What the text says",
        reference="frankle2019",
        statements=(
            Statement(
                published={"quantity": "faster by", "model": "LeNet"},
                quantity="log_early_stop",
                x={"protocol": "ticket"},
                y={"method": "dense"},
                tiers={"t1": {"method": "magnitude", "target": "0.263"}, "t2": {}},
            ),
        ),
    )


def test_cells_have_texts_numbers_and_lists():
    """As in claims."""
    cell = {"target": "0.5", "training_lr": 0.1, "seed": [0, 1]}
    (layout,) = read_layouts([TABLE | {"statements": [STATEMENT | {"x": cell}]}], "x.toml")

    assert layout.statements[0].x == {"target": "0.5", "training_lr": 0.1, "seed": (0, 1)}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"quantity": "speed"},
            "x.toml, tables[0], statements[0]: quantity = 'speed' cannot be used: it must be "
            "'accuracy', ",
        ),
        (
            {"publishd": {}},
            "x.toml, tables[0], statements[0]: unknown key 'publishd'; did you mean 'published'?",
        ),
        (
            {"x": {}},
            "x.toml, tables[0], statements[0]: x = {} cannot be used: it must not be empty.",
        ),
        (
            {"above": 0, "below": 0},
            "x.toml, tables[0], statements[0]: above and below cannot both be stated; leave one "
            "of them out.",
        ),
        (
            {"above": "low"},
            "x.toml, tables[0], statements[0]: above = 'low' cannot be used: ",
        ),
    ],
)
def test_what_cannot_be_used_is_told_in_one_sentence(change, sentence):
    """Where, which key, which value, and how to mend it."""
    assert complaint(**change).startswith(sentence)


def test_a_table_without_statements_is_refused():
    """There would be nothing to show."""
    assert complaint(TABLE | {"statements": []}) == (
        "x.toml, tables[0]: statements = [] cannot be used: it must not be empty."
    )


def test_statements_are_about_quantities_of_claims():
    """All that have a unit in which papers speak, and no others."""
    spoken = [name for name, one in QUANTITIES.items() if one.unit in ("points", "log")]

    assert [*get_args(Quantity)] == spoken
