"""Controls and methods' own dense networks: shown, set apart, never taken for a method."""

import pytest

from prunebench.report.figures.accuracy_figure import accuracy_figures, make_plot
from prunebench.report.figures.layer_figure import layer_figure
from prunebench.report.tables.accuracy import main_table, selected_table, summary_table
from prunebench.report.tables.ledger import budget_table, size_table
from prunebench.report.tables.skipped import trouble_table
from prunebench.report.view import make_report


def texts(table):
    """Give a table as lines of texts, without its headings."""
    return [[str(cell) for cell in row] for row in table.rows]


@pytest.fixture
def make_control(make_row):
    """Give a factory of rows of a random mask held against a method."""

    def make(**given):
        of = given.pop("of", "magnitude")
        label = {"method": f"random-mask like {of}", "method_id": "random-mask"}
        return make_row(**(label | {"control_of": of} | given))

    return make


@pytest.fixture
def rows(make_row, make_dense, make_control):
    """Give two methods, their controls, and the dense networks."""
    own = {"regularized_by": "sss", "target": "0.5", "target_density": 0.5}
    return [
        make_control(test_accuracy_last=0.7),
        make_control(of="sss", test_accuracy_last=0.6),
        make_row(test_accuracy_last=0.9),
        make_row(method="sss", test_accuracy_last=0.8),
        make_row(method="sss", control_of="sss", protocol="scratch-e", test_accuracy_last=0.75),
        make_dense(test_accuracy_last=0.96),
        make_dense(test_accuracy_last=0.94, seed=1),
        make_dense(test_accuracy_last=0.5, **own),
        make_dense(test_accuracy_last=0.4, regularized_by="slimming"),
    ]


def test_controls_stand_below_their_method_and_are_set_apart(rows, make_grid):
    """Dense networks first, then each method with its control; the control's line is muted."""
    grid = make_grid(rows, methods=["magnitude", "sss"], protocols=["finetune"])
    table = main_table(grid)
    both = zip(texts(table), table.rows, strict=True)

    assert [[*line[:2], *(cell.text for cell in row[-2:])] for line, row in both] == [
        ["dense", "", "", ""],
        ["dense, trained with sss's penalty", "0.5", "", ""],
        ["dense, trained with slimming's penalty", "", "", ""],
        ["magnitude", "0.5", "90.00", ""],
        ["random-mask like magnitude · control", "0.5", "70.00", ""],
        ["sss", "0.5", "80.00", "75.00"],
        ["random-mask like sss · control", "0.5", "60.00", ""],
    ]
    assert table.muted == {4, 6}
    assert [(c.title, c.muted) for c in table.columns[-2:]] == [
        ("finetune", False),
        ("scratch-e (control)", True),
    ]
    assert "A control keeps as many units" in table.caption
    assert "under scratch-e: the pruned network itself" in table.caption


def test_a_methods_own_dense_network_is_not_the_shared_one(rows, record, make_grid):
    """The mean of 96 and 94 is 95, whatever the penalised networks reach."""
    report = make_report(record, rows)
    table = main_table(make_grid(rows))

    assert report.sections[0].facts[0].value == "95.00 (± 1.41)"
    assert [line[6] for line in texts(table)[:3]] == [
        "95.00 (± 1.41) · n = 2",
        "40.00 · n = 1",
        "50.00 · n = 1",
    ]


def test_controls_are_no_methods(rows, record, make_grid):
    """They count neither as trials nor as methods."""
    trials = make_report(record, rows).facts[0]
    grid = make_grid(rows)

    assert (trials.value, trials.remark) == ("6", "6 ok; and 3 controls: 3 ok")
    assert grid.methods == ("magnitude", "sss")
    assert (grid.protocols, grid.control_protocols) == (("finetune",), ("scratch-e",))


def test_a_protocol_that_was_asked_for_is_no_control(make_row, make_grid):
    """Where scratch-e is one of the protocols its column is an ordinary one."""
    grid = make_grid([make_row(protocol="scratch-e"), make_row(protocol="finetune")])

    assert grid.control_protocols == ()
    assert not any(column.muted for column in main_table(grid).columns)


def test_a_control_without_its_method_is_not_lost(make_control, make_row, make_grid):
    """In a run that was stopped a control may be done before its method."""
    grid = make_grid([make_row(), make_control(target="0.2")])

    assert [(entry.name, entry.target) for entry in grid.pruned] == [
        ("magnitude", "0.5"),
        ("random-mask like magnitude", "0.2"),
    ]


def test_every_table_sets_controls_apart(rows, make_grid):
    """Selected accuracies, budgets and sizes too."""
    grid = make_grid(rows)
    budget = budget_table(grid)

    assert sorted((texts(budget)[n][0], texts(budget)[n][2]) for n in budget.muted) == [
        ("random-mask like magnitude · control", "finetune"),
        ("random-mask like sss · control", "finetune"),
        ("sss", "scratch-e"),
    ]
    assert size_table(grid).muted == {1, 3}


def test_own_dense_networks_stand_in_the_dense_column(make_row, make_dense, make_grid):
    """Both kinds of dense network have a selected step."""
    common = {"test_accuracy_selected": 0.9, "validation_accuracy": 0.8}
    rows = [make_dense(**common), make_dense(regularized_by="sss", **common), make_row(**common)]
    cell = "90.00 · validation 80.00"

    assert [line[2:] for line in texts(selected_table(make_grid(rows)))] == [
        [cell, ""],
        [cell, ""],
        ["", cell],
    ]


def test_the_summary_marks_controls(rows, make_grid):
    """The terminal's table has the report's words."""
    heading, *lines = summary_table([make_grid(rows)])

    assert heading[-2:] == ["finetune", "scratch-e (control)"]
    assert [line[2] for line in lines if "control" in line[2]] == [
        "random-mask like magnitude · control",
        "random-mask like sss · control",
    ]


def test_figures_draw_controls_in_grey(rows, make_grid, read_svg):
    """Main lines are the methods'; the axis follows them, not the controls."""
    grid = make_grid(rows)
    plot = make_plot(grid)
    by_method, by_protocol = accuracy_figures(grid, "s")

    assert {point.method for point in plot.points} == {"magnitude", "sss"}
    assert sorted((c.control, c.method, c.protocol) for c in plot.controls) == [
        ("random-mask like magnitude", "magnitude", "finetune"),
        ("random-mask like sss", "sss", "finetune"),
        ("sss from scratch", "sss", "scratch-e"),
    ]
    assert plot.limits[0] > 75
    assert {"control", "dense, own penalty"} <= set(read_svg(by_method.svg))
    assert not any("random-mask" in text for text in read_svg(by_method.svg))
    assert "Grey: the method's controls" in by_method.caption
    assert "control" not in read_svg(by_protocol.svg)
    assert "Grey" not in by_protocol.caption
    assert "Dotted: the dense network" in by_method.caption
    assert "Dotted" not in by_protocol.caption


def test_the_map_of_layers_leaves_controls_out(make_row, make_control, make_grid, read_svg):
    """They keep as much of every layer as their method; what it missed is said beside it."""
    layers = {"density": 0.43, "layer_densities": {"fc": 0.43}}
    words = read_svg(layer_figure(make_grid([make_row(**layers), make_control(**layers)]), "s").svg)

    assert "magnitude  0.5 (43.0 % kept)" in words
    assert not any("random-mask" in word for word in words)


def test_troubles_name_whose_dense_network_it_was(make_dense, make_row, make_control):
    """A penalty may make its own network diverge; a control's protocols are not those asked for."""
    rows = [
        make_row(status="failed"),
        make_row(status="failed", protocol="ticket"),
        make_control(protocol="scratch-e"),
        make_dense(status="diverged", regularized_by="sss", target="0.5"),
    ]
    lines = texts(trouble_table(rows))

    assert [line[2:5] for line in lines] == [
        ["magnitude", "0.5", "all 2 protocols"],
        ["dense, trained with sss's penalty", "0.5", "dense"],
    ]
