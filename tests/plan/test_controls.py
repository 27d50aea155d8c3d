"""Controls: ordinary trials whose masks have another method's shape."""

import pytest

CHANNELS = {"model": "smallconv", "densities": [0.5], "seeds": 1}


@pytest.fixture
def asked(strange, plan):
    """Plan with controls."""
    return lambda **keys: plan(strange, controls=True, **{**CHANNELS, **keys})


def labels(planned, **facts):
    """Name methods and protocols of the rows with these facts."""
    found = [trial.facts for trial in planned.trials]
    chosen = [f for f in found if all(f.get(name) == value for name, value in facts.items())]
    return sorted((f["method"], f["protocol"]) for f in chosen)


def test_weight_methods_are_held_against_random_and_magnitude(asked):
    """Each with the method's own protocol; the method itself is nobody's control."""
    planned = asked(methods="magnitude-iterative", protocols="finetune")

    assert labels(planned, control_of="magnitude-iterative") == [
        ("magnitude like magnitude-iterative", "finetune"),
        ("random-mask like magnitude-iterative", "finetune"),
    ]
    assert labels(planned, control_of="") == [("magnitude-iterative", "finetune")]


def test_channel_methods_meet_the_small_network_from_scratch_too(asked):
    """Random channels, and the small dense network, which the person did not ask for."""
    planned = asked(methods="l1filter", protocols="finetune")

    assert labels(planned, control_of="l1filter") == [
        ("l1filter", "scratch-e"),
        ("random-channel like l1filter", "finetune"),
    ]


def test_what_was_asked_for_is_no_control(asked):
    """A scratch-e that stands in the experiment stays an ordinary row."""
    planned = asked(methods="l1filter", protocols="finetune,scratch-e")

    assert ("l1filter", "scratch-e") in labels(planned, control_of="")
    assert ("l1filter", "scratch-e") not in labels(planned, control_of="l1filter")


def test_a_control_copies_the_counts_of_the_same_seed(asked):
    """Its quota is the key of the method's last prune stage, which it needs."""
    planned = asked(methods="magnitude-iterative[rounds=2]", protocols="none", seeds=2)
    own = {t.facts["seed"]: t for t in planned.trials if t.facts.get("control_of") == ""}
    controls = [t for t in planned.trials if t.facts.get("control_of")]

    assert len(controls) == 4
    for control in controls:
        (key,) = control.prunes
        (quota,) = planned.stages[key].spec["quotas"]
        assert quota == {"like": own[control.facts["seed"]].prunes[-1]}
        assert quota["like"] in planned.stages[key].needs
        assert control.facts["target"] == "0.5"


def test_controls_are_trials_of_their_own(asked, strange, plan):
    """Another target gives another trial; without being asked for there are none."""
    planned = asked(methods="magnitude-iterative", protocols="none", densities=[0.5, 0.2])
    ids = [trial.facts["trial"] for trial in planned.trials]

    assert len(ids) == len(set(ids)) == 1 + 2 * 3
    plain = plan(strange, **CHANNELS, methods="magnitude-iterative", protocols="none")
    assert not [t for t in plain.trials if t.facts.get("control_of")]


def test_only_what_can_score_the_groups_is_a_control(asked):
    """Selections have no filters: only random channels can be held against slimming there."""
    planned = asked(model="preresnet[depth=11]", methods="slimming", protocols="none")
    found = [m for m, p in labels(planned, control_of="slimming") if p == "none"]

    assert found == ["random-channel like slimming"]


def test_a_method_may_refuse_a_network_when_planning(strange, plan):
    """The reason names the module that the method cannot handle."""
    planned = plan(
        strange,
        model="resnet[depth=8]",
        methods="obd[curvature=lecun_backprop]",
        protocols="none",
        densities=[0.5],
        seeds=1,
    )

    assert "chains of plain layers only" in planned.skipped[0].reason
    assert "ResidualNetwork" in planned.skipped[0].reason


def test_searches_that_differ_give_dense_rows_that_differ(strange, plan):
    """How far a setting is searched, and what the density counts, decide the dense network."""
    asked = {"model": "smallconv", "protocols": "none", "densities": [0.5], "seeds": 1}
    planned = plan(strange, methods="sss,sss[runs=4]", **asked)
    by_macs = plan(strange, methods="sss", density_of="macs", **asked)
    own = [t.facts["trial"] for t in planned.trials if t.facts.get("regularized_by")]
    others = [t.facts["trial"] for t in by_macs.trials if t.facts.get("regularized_by")]

    assert len({*own, *others}) == 3
