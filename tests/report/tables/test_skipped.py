from prunebench.report.tables.skipped import gathered, skipped_table, trouble_table
from prunebench.results.record import Skipped


def texts(table):
    """Give the cells of a table as text."""
    return [[str(cell) for cell in row] for row in table.rows]


def test_trials_without_a_number_are_listed_with_reasons(make_row):
    """Every status but ok, with its coordinates; a later draw is named."""
    rows = [make_row(), make_row(seed=3, draw=1, status="failed", reason="out of memory")]
    place = ["digits", "mlp", "magnitude", "0.5", "finetune"]

    assert texts(trouble_table(rows)) == [[*place, "3 draw 1", "failed", "out of memory"]]
    assert trouble_table(rows[:1]) is None


def test_one_reason_is_said_once(make_row):
    """Trials that differ in protocol and seed share a line; another reason has its own."""
    bad = [
        make_row(protocol=protocol, seed=seed, status="blocked", reason="no mask")
        for protocol in ("finetune", "ticket")
        for seed in (0, 1)
    ]
    other = make_row(protocol="ticket", seed=2, status="diverged")
    lines = texts(trouble_table([*bad, other]))

    assert [line[4:] for line in lines] == [
        ["all 2 protocols", "0, 1", "blocked", "no mask"],
        ["ticket", "2", "diverged", "–"],
    ]


def skip(protocol, reason="no batch norm"):
    """Make a combination that cannot work."""
    return Skipped("mlp", "digits", "slimming", "0.5", protocol, reason)


def test_skipped_combinations_are_listed_with_reasons():
    """What was left out of the plan is said."""
    what = ["digits", "mlp", "slimming", "0.5"]

    assert texts(skipped_table([skip("finetune")], ["finetune"])) == [
        [*what, "finetune", "no batch norm"]
    ]
    assert skipped_table([], ["finetune"]) is None


def test_protocols_share_a_line():
    """Some are listed, all are counted, other reasons stand apart."""
    asked = ["a", "b", "c"]
    some = gathered([skip("a"), skip("b"), skip("c", "too small")], asked)

    assert [(s.protocol, s.reason) for s in some] == [("a, b", "no batch norm"), ("c", "too small")]
    assert [s.protocol for s in gathered(map(skip, asked), asked)] == ["all 3 protocols"]


def test_trials_of_two_recipes_do_not_share_a_line(make_row):
    """A learning rate that diverges says nothing of the other."""
    bad = [make_row(recipe=recipe, status="diverged", reason="NaN") for recipe in ("a", "b")]
    several, alone = trouble_table(bad), trouble_table(bad[:1])

    assert [str(row[1]) for row in several.rows] == ["mlp · a", "mlp · b"]
    assert [str(row[1]) for row in alone.rows] == ["mlp"]


def test_a_number_without_its_timing_is_listed(make_row):
    """The trial is ok and has an accuracy; what is missing is said with its reason."""
    row = make_row(status="ok", reason="'time l1filter 0.5 seed 0' failed: no memory")
    table = trouble_table([row])

    assert [str(cell) for cell in table.rows[0]][-2:] == ["ok", row.reason]
    assert trouble_table([make_row(status="ok")]) is None
