"""Claims files are checked where the text enters."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.claims.claim import ANY
from prunebench.claims.file import parse_claims, read_claims
from prunebench.errors import SpecError

HEAD = '[[claims]]\nid = "C1"\ntitle = "t"\n'
ENTRY = f'{HEAD}[claims.t1]\nbenchmark = "b"\n'
TEST = f'{ENTRY}[[claims.t1.tests]]\nrule = "superior"\nx = {{ protocol = "ticket" }}\n'
GOOD = f'{TEST}y = {{ protocol = "random" }}\n'
LADDER = f'{ENTRY}[[claims.t1.tests]]\nrule = "argmin"\n'
PRINTED = f'{HEAD}[claims.published]\n[[claims.published.tests]]\nrule = "superior"\n'
PLACE = "f.toml, claim C1, t1, test 1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("claims = 3", "f.toml: claims = 3 cannot be used: it must be a list."),
        ("claims = []", "f.toml: claims = [] is too short; write at least 1 of them."),
        ("", "f.toml: claims is missing; write the claims."),
        ("x =", "f.toml is not valid TOML: Invalid value (at end of document)."),
        (f"clams = 1\n{GOOD}", "f.toml: unknown key 'clams'; did you mean 'claims'?"),
        (
            '[[claims]]\ntitle = "t"\n',
            "f.toml, claim 1: id is missing; write a short name, such as C9.",
        ),
        (
            '[[claims]]\nid = 3\ntitle = "t"\n',
            "f.toml, claim 3: id = 3 cannot be used: it must be text.",
        ),
        (GOOD + GOOD, "f.toml: two claims are called 'C1'; give every claim its own id."),
        (f"{HEAD}tittle = 1\n", "f.toml, claim C1: unknown key 'tittle'; did you mean 'title'?"),
        (
            f'{HEAD}expected = "MAYBE"\n',
            "f.toml, claim C1: expected = 'MAYBE' cannot be used: it must be '', 'CONFIRMED' or "
            "'OPEN'.",
        ),
        (ENTRY, "f.toml, claim C1, t1: tests is missing; write the tests."),
        (
            GOOD.replace('benchmark = "b"\n', ""),
            "f.toml, claim C1, t1: benchmark is missing; write whose tier delivers the cells.",
        ),
        (
            GOOD.replace('benchmark = "b"', 'benchmark = "b"\nfamily = "modle"'),
            "f.toml, claim C1, t1, family: unknown column 'modle'; did you mean 'model'?",
        ),
        (
            GOOD.replace('"superior"', '"superiour"'),
            f"{PLACE}: rule = 'superiour' cannot be used: it must be 'superior', 'equivalent', "
            "'noninferior', 'argmin', 'report' or 'pairs'.",
        ),
        (f"{GOOD}margn = 1\n", f"{PLACE}: unknown key 'margn'; did you mean 'margin'?"),
        (
            f"{GOOD}zzz = 1\n",
            f"{PLACE}: unknown key 'zzz'; known are: rule, quantity, x, y, margin, level, each, "
            "primary, name, note, otherwise, one_of, ladder, between, share, by, tolerance, holds.",
        ),
        (
            f'{GOOD}margin = "1"\n',
            f"{PLACE}: margin = '1' cannot be used: it must be a number.",
        ),
        (
            f"{GOOD}margin = 501\n",
            f"{PLACE}: margin = 501 cannot be used: it must be at most 500.",
        ),
        (
            TEST.replace('"ticket"', "[]") + 'y = { protocol = "random" }\n',
            f"{PLACE}, x: protocol = [] is no value of a column; write text or a number.",
        ),
        (
            TEST.replace('"ticket"', "nan") + 'y = { protocol = "random" }\n',
            f"{PLACE}, x: protocol = nan is no value of a column; write text or a number.",
        ),
        (
            f'{ENTRY}[[claims.t1.tests]]\nrule = "pairs"\nby = "methd"\n',
            f"{PLACE}: unknown column 'methd'; did you mean 'method'?",
        ),
        (
            f'{HEAD}[claims.published]\n[[claims.published.tests]]\nrule = "argmin"\n'
            'ladder = [{ target = "0.5" }, { target = "0.2" }]\n',
            "f.toml, claim C1, published, test 1: argmin resamples the seeds of a run, and printed "
            "numbers have none.",
        ),
        (f"a = {'[' * 5000}", "f.toml is nested too deeply to be read; write it flatter."),
        (f"{GOOD}margin = -1\n", f"{PLACE}: margin = -1 cannot be used: it must be at least 0."),
        (
            f"{GOOD}margin = nan\n",
            f"{PLACE}: margin = nan cannot be used: it must be a finite number.",
        ),
        (
            f"{GOOD}primary = 1\n",
            f"{PLACE}: primary = 1 cannot be used: it must be true or false.",
        ),
        (
            f'{GOOD}quantity = "acuracy"\n',
            f"{PLACE}: unknown quantity 'acuracy'; did you mean 'accuracy'?",
        ),
        (TEST, f"{PLACE}: the rule 'superior' compares two cells; write y."),
        (
            GOOD.replace("protocol", "protocoll"),
            f"{PLACE}, x: unknown column 'protocoll'; did you mean 'protocol'?",
        ),
        (
            GOOD.replace('"random"', "{ a = 1 }"),
            f"{PLACE}, y: protocol = {{'a': 1}} is no value of a column; write text or a number.",
        ),
        (
            GOOD.replace('"random"', "2020-01-01"),
            f"{PLACE}, y: protocol = datetime.date(2020, 1, 1) is no value of a column; write text "
            "or a number.",
        ),
        (
            f"{GOOD}each = [{{ tarjet = 1 }}]\n",
            f"{PLACE}, each: unknown column 'tarjet'; did you mean 'target'?",
        ),
        (f"{GOOD}level = 3\n", f"{PLACE}: level stands in the place of y; leave one of them out."),
        (
            f"{GOOD}holds = true\n",
            f"{PLACE}: holds is for published statements; a run has numbers.",
        ),
        (
            f'{GOOD}by = "method"\n',
            f"{PLACE}: by means nothing to the rule 'superior'; leave it out.",
        ),
        (
            GOOD.replace('"superior"', '"equivalent"'),
            f"{PLACE}: an equivalence needs a margin above 0, such as 0.5 points.",
        ),
        (
            GOOD.replace('"superior"', '"pairs"'),
            f"{PLACE}: y means nothing to the rule 'pairs'; leave it out.",
        ),
        (
            LADDER,
            f"{PLACE}: a ladder needs at least two cells.",
        ),
        (
            f"{LADDER}ladder = [{{}}, {{}}]\nbetween = [0.5, 0.1]",
            f"{PLACE}: between begins with its smaller end.",
        ),
        (
            f"{LADDER}ladder = [{{}}, {{}}]\nbetween = [0.5]",
            f"{PLACE}: between = [0.5] is too short; write at least 2 of them.",
        ),
        (
            TEST.replace('"superior"', '"report"\nby = "method"'),
            f'{PLACE}: by compares with a cell; write y, such as {{ method = "dense" }}.',
        ),
        (
            f'{PRINTED}x = {{ refrence = "a" }}\n',
            "f.toml, claim C1, published, test 1, x: unknown column 'refrence'; did you mean "
            "'reference'?",
        ),
    ],
)
def test_a_mistake_is_told_in_one_sentence(text, expected):
    """Where it is, what is wrong, and how to mend it."""
    with pytest.raises(SpecError) as caught:
        parse_claims(text, "f.toml")

    assert str(caught.value) == expected


@given(st.text(max_size=60))
def test_no_text_gives_anything_but_a_sentence(text):
    """Whatever a file holds, it is read or refused, never a traceback."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        with pytest.raises(SpecError):
            parse_claims(text, "f.toml")
    else:
        with pytest.raises(SpecError):
            parse_claims(f'{text}\nclaims = "none"', "f.toml")


SCALARS = st.one_of(st.text(max_size=5), st.integers(), st.floats(), st.booleans())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def in_toml(value):
    """Write a value as TOML does, tables inline."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{in_toml(k)} = {in_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(in_toml, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08X}" for c in value) + '"'
    return repr(value)


@given(
    st.sampled_from(["rule", "quantity", "x", "each", "margin", "ladder", "between", "level"]),
    VALUES.filter(lambda v: not any(0xD800 <= ord(c) < 0xE000 for c in repr(v))),
)
def test_any_value_of_a_key_is_read_or_refused(key, value):
    """A value of the wrong kind is told of, never a traceback."""
    lines = {"rule": '"superior"', "x": '{ protocol = "a" }', "y": '{ protocol = "b" }'}
    body = "".join(f"{k} = {v}\n" for k, v in {**lines, key: in_toml(value)}.items())
    said = "f.toml read"
    try:
        parse_claims(f"{ENTRY}[[claims.t1.tests]]\n{body}", "f.toml")
    except SpecError as error:
        said = str(error)

    assert said.startswith("f.toml")


def test_each_writes_one_test_per_entry(make_claim):
    """Its entries are merged into both cells, below what a side says itself."""
    claim = make_claim(
        """
cell = { method = "obd", target = "0.9" }
[[claims.t2.tests]]
rule = "noninferior"
margin = 1
x = { protocol = "finetune" }
y = { method = "dense" }
each = [{ target = "0.5" }, { target = "0.2", training_lr = 0.1 }]
"""
    )
    got = [(test.x, test.y, test.at) for test in claim.entries["t2"].tests]

    assert got == [
        ({"method": "obd", "target": "0.5", "protocol": "finetune"}, {"method": "dense"}, "0.5"),
        (
            {"method": "obd", "target": "0.2", "training_lr": 0.1, "protocol": "finetune"},
            {"training_lr": 0.1, "method": "dense"},
            "0.2, lr 0.1",
        ),
    ]


def test_tests_without_verdicts_are_never_primary(make_claim):
    """A description decides nothing."""
    claim = make_claim('[[claims.t2.tests]]\nrule = "report"\nx = { protocol = "ticket" }\n')

    assert [test.primary for test in claim.entries["t2"].tests] == [False]


def test_pairs_are_of_methods_unless_said_otherwise(make_claim):
    """The column that is told apart is the method."""
    claim = make_claim('[[claims.t2.tests]]\nrule = "pairs"\nx = { protocol = "ticket" }\n')

    assert claim.entries["t2"].tests[0].by == "method"


def test_the_shipped_file_is_read_without_a_path():
    """The survey's claims come with prunebench, in the order of their numbers."""
    file = read_claims()

    assert [claim.id for claim in file.claims] == [f"C{n}" for n in range(1, 21)]
    assert file.claims[18].entries["t1"].benchmark == ANY


def test_claims_are_chosen_by_id_in_the_order_of_the_file():
    """All without ids; an unknown one suggests the nearest."""
    file = read_claims()

    assert [claim.id for claim in file.chosen(["C9", "C2"])] == ["C2", "C9"]
    assert file.chosen([]) == file.claims
    with pytest.raises(SpecError, match="unknown claim 'C99'; did you mean 'C9'"):
        file.chosen(["C99"])


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    """Neither an absent file nor one in another encoding is a traceback."""
    strange = tmp_path / "latin.toml"
    strange.write_bytes(b"# \xe9")

    with pytest.raises(SpecError, match=r"cannot read the claims file .*: No such file"):
        read_claims(tmp_path / "absent.toml")
    with pytest.raises(SpecError, match="is not UTF-8 text"):
        read_claims(strange)
