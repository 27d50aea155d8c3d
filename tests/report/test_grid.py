from prunebench.report.grid import brief_titles, grids, place


def test_methods_and_protocols_stand_as_they_were_asked_for(make_row, make_grid):
    """Labels match in full or by their bare id; the rest follows alphabetically."""
    rows = [
        make_row(method=method, protocol=protocol)
        for method in ("zeta", "alpha", "magnitude", "obd")
        for protocol in ("random", "finetune[lr=0.1]", "finetune", "ticket")
    ]

    grid = make_grid(rows, methods=["obd", "magnitude"], protocols=["ticket", "finetune"])

    assert grid.methods == ("obd", "magnitude", "alpha", "zeta")
    assert grid.protocols == ("ticket", "finetune", "finetune[lr=0.1]", "random")


def test_targets_go_from_lightly_to_heavily_pruned(make_row, make_grid):
    """What was reached counts, so that plans and densities stand in one order."""
    rows = [
        make_row(target="0.1", density=0.1),
        make_row(target="plan-b", target_density=None, density=0.3),
        make_row(target="0.5", density=None, target_density=0.5),
        make_row(target="automatic", target_density=None, density=None),
    ]

    targets = [entry.target for entry in make_grid(rows).entries]

    assert targets == ["0.5", "plan-b", "0.1", "automatic"]


def test_the_dense_network_stands_first_and_alone(make_row, make_dense, make_grid):
    """Its rows are one entry whatever they call their target."""
    grid = make_grid([make_row(), make_dense(), make_dense(seed=1, target="1")])

    assert grid.dense is grid.lines[0]
    assert [row.seed for row in grid.dense.rows] == [0, 1]
    assert grid.protocols == ("finetune",)


def test_data_sets_and_models_are_kept_apart(make_row):
    """Each pair has a grid of its own, in alphabetical order."""
    rows = [make_row(dataset=d, model=m) for d in ("b", "a") for m in ("y", "x")]

    pairs = [(grid.dataset, grid.model) for grid in grids(rows, {})]

    assert pairs == [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")]


def test_an_experiment_may_say_anything():
    """Only lists of labels are used for the order."""
    assert place("magnitude", []) == (0, "magnitude")
    assert grids([], {"methods": 3, "protocols": [{"name": "ticket"}]}) == ()


def test_recipes_are_kept_apart(make_row, make_dense):
    """Two learning rates are never averaged; the dense network belongs to its own."""
    slow, fast = "sgd[lr=0.01]", "sgd[lr=0.1]"
    rows = [make(recipe=recipe) for recipe in (fast, slow) for make in (make_row, make_dense)]
    found = grids([*rows, make_row(model="other", recipe=fast)], {})

    assert [(grid.model, grid.recipe) for grid in found] == [
        ("mlp", slow),
        ("mlp", fast),
        ("other", fast),
    ]
    assert all(len(grid.rows) == 2 for grid in found[:2])
    assert {row.recipe for row in found[0].rows} == {slow}


def test_a_title_names_the_recipe_where_there_are_several(make_row):
    """By what it has that the others have not; elsewhere it would only be long."""
    several = grids([make_row(recipe="a"), make_row(recipe="b"), make_row(model="one")], {})
    rates = [f"sgd[length=[2, 3], lr={rate}]" for rate in (0.01, 0.1)]
    alike = grids([make_row(recipe=rate) for rate in (*rates, "sgd[length=[2, 3]]")], {})

    assert [grid.title for grid in several] == [
        "digits · mlp · a",
        "digits · mlp · b",
        "digits · one",
    ]
    assert [grid.way for grid in alike] == ["lr=0.01", "lr=0.1", "sgd[length=[2, 3]]"]


def test_sections_are_told_by_what_differs(make_row):
    """What all have in common is left out of the brief title; a single grid has it whole."""
    rates = [make_row(recipe=f"sgd[lr={rate}]") for rate in (0.01, 0.1)]
    nested = [make_row(), make_row(model="b"), make_row(dataset="x")]

    assert brief_titles(grids(rates, {})) == ["lr=0.01", "lr=0.1"]
    assert brief_titles(grids(nested, {})) == ["digits · b", "digits · mlp", "x · mlp"]
    assert brief_titles(grids([make_row()], {})) == ["digits · mlp"]
    assert brief_titles([]) == []


def test_controls_follow_what_they_are_held_against(make_row, make_grid):
    """Each stands behind its method at its size; one of nothing that is here comes last."""
    asked = [make_row(method="obd", target=target) for target in ("0.5", "0.2")]
    held = [
        make_row(method=f"random like {of}", control_of=of, target=target)
        for of, target in (("sss", "0.5"), ("obd", "0.2"), ("obd", "0.5"))
    ]
    grid = make_grid([*held, *asked])
    names = [(entry.method, entry.target) for entry in grid.pruned]

    assert [names.index(("obd", t)) + 1 for t in ("0.5", "0.2")] == [
        names.index(("random like obd", t)) for t in ("0.5", "0.2")
    ]
    assert names[4] == ("random like sss", "0.5")
    assert [grid.places[e.method, e.target] for e in grid.entries] == [0, 1]
