"""Diagnoses in a plan: asked for or absent, shared where they are the same."""

ASKED = {
    "model": "smallconv",
    "methods": ["magnitude", "l1filter"],
    "protocols": ["none", "ticket"],
    "densities": [0.5],
    "seeds": 1,
    "diagnostics": True,
}


def test_nothing_is_diagnosed_unasked(plan):
    """Diagnoses cost passes over the training images."""
    assert "diagnose" not in plan(**{**ASKED, "diagnostics": False}).counts


def test_a_deletion_is_diagnosed_once(plan, row):
    """Two protocols after one pruning share its diagnosis; each training has its own."""
    planned = plan(**ASKED)
    bare = row(planned, method="magnitude", protocol="none")
    ticket = row(planned, method="magnitude", protocol="ticket")

    assert len(bare.diagnoses) == 1
    assert bare.diagnoses[0] == ticket.diagnoses[0]
    assert len(set(ticket.diagnoses)) == 2


def test_a_mask_alone_splits_the_dense_weights(plan, row):
    """Which dense weights were kept can be told of a mask, not of a network that was cut."""
    planned = plan(**ASKED)
    masked = planned.stages[row(planned, method="magnitude", protocol="ticket").diagnoses[1]]
    cut = planned.stages[row(planned, method="l1filter", protocol="ticket").diagnoses[1]]

    assert len(masked.spec["dense"]) == 2
    assert cut.spec["dense"] is None


def test_the_dense_network_is_diagnosed_too(plan, row):
    """From its initialisation to its end."""
    planned = plan(**ASKED)
    dense = row(planned, method="dense")
    (key,) = dense.diagnoses
    stage = planned.stages[key]

    assert stage.spec["network"]["weights"] == dense.train
    assert planned.stages[stage.spec["start"]["weights"]].kind == "init"


def test_several_rounds_diagnose_the_last(plan, row):
    """Before the last round stands the network that the round before left, trained again."""
    planned = plan(**{**ASKED, "methods": ["magnitude-iterative[rounds=2]"], "protocols": ["none"]})
    trial = row(planned, protocol="none")
    stage = planned.stages[trial.diagnoses[0]]

    assert stage.spec["before"]["mask"] == trial.prunes[0]
    assert stage.spec["before"]["weights"] == trial.between[-1]
    assert stage.spec["network"]["mask"] == trial.prunes[1]


def test_grids_with_two_recipes_share_nothing_they_should_not(plan):
    """Two learning rates are two dense networks per seed, with the same initial weights."""
    planned = plan(
        **{**ASKED, "diagnostics": False, "methods": ["magnitude"], "protocols": ["ticket"]},
        parts=[{"recipe": {"preset": "digits", "lr": lr}} for lr in (0.1, 0.01)],
    )

    assert planned.counts == {"init": 1, "train": 4, "prune": 2, "evaluate": 6}
    assert len({trial.facts["recipe"] for trial in planned.trials}) == 2


def test_equal_parts_are_planned_once(plan):
    """Saying the same thing twice asks for nothing more."""
    once = plan(**{**ASKED, "diagnostics": False})
    twice = plan(**{**ASKED, "diagnostics": False}, parts=[{}, {}])

    assert set(twice.stages) == set(once.stages)
    assert len(twice.trials) == len(once.trials)
