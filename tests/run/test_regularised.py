"""A method's own dense training: attached, resumed, folded, tuned; tickets take what was folded."""

import pytest
import torch

from prunebench.experiment.schema import validate
from prunebench.plan.planner import Planner
from prunebench.plugin.registry import load_registry
from prunebench.run.executor import InlineExecutor
from prunebench.run.planning import make_plan
from prunebench.run.run import Places, Run
from prunebench.store.store import Store

FACTORS = '''
import torch

from prunebench.api import (
    Automatic, Density, Granularity, Method, Positive, Regularizer, Round, Search, hookimpl,
    setting,
)


def norm(network, group):
    return network.get_submodule(group.norms[0].module)


class Factors(Regularizer):
    """Multiply every norm's output by factors that shrink by a constant step."""

    pull: float = setting(0.01, "step")

    def attach(self, network, groups):
        for group in groups:
            module = norm(network, group)
            module.register_buffer("factor", torch.ones(group.size, requires_grad=True))
            module.factor_hook = module.register_forward_hook(
                lambda here, _, out: out * here.factor.view(1, -1, *[1] * (out.dim() - 2))
            )

    def after_step(self, network, groups, lr):
        for group in groups:
            factor = norm(network, group).factor
            factor.sub_(lr * (factor.grad + self.pull)).clamp_(min=0)
            factor.grad = None

    def fold(self, network, groups):
        for group in groups:
            module = norm(network, group)
            with torch.no_grad():
                module.weight.mul_(module.factor)
                module.bias.mul_(module.factor)
            module.factor_hook.remove()
            del module.factor, module.factor_hook


class Shrinking(Method):
    """Keep the channels whose factor is left (Nobody 2020)."""

    name = "shrinking"
    paper = "Nobody 2020"
    granularity = Granularity.CHANNEL
    pull: float = setting(0.0, "step; 0 = searched")

    def score(self, subject):
        return {name: group.scale.abs() for name, group in subject.groups.items()}

    def goal(self, asked):
        return Automatic() if self.pull else asked

    def search(self):
        return None if self.pull else Search("pull", 0.01, 100.0, runs=6, length=0.5, least=1)

    def regularizer(self):
        return Factors(self.pull)

    def schedule(self, layout, target):
        return (Round(Positive()),)


@hookimpl
def prunebench_methods():
    return [Shrinking]
'''
RECIPE = {"preset": "digits", "length": 4, "finetune": {"length": 1}, "rewind": "1ep"}


@pytest.fixture
def shrinking(strangers, tmp_path):
    """Give a function that runs the method, and its store."""
    strangers.install("shrinking", ["shrinking = shrinking_m"], {"shrinking_m.py": FACTORS})
    registry = load_registry()

    def run(store="store", **changes):
        asked = {
            "model": "smallconv[width=4]",
            "methods": "shrinking",
            "protocols": ["none", "ticket"],
            "densities": [0.4],
            "seeds": 1,
            "recipe": RECIPE,
        }
        experiment = validate({**asked, **changes}, "test")
        plan = make_plan(registry, experiment, tmp_path, fetch=False)
        places = Places(tmp_path / store, tmp_path)
        run = Run(registry, experiment, plan, places, "prunebench run")
        finished = run.execute(InlineExecutor(registry, Store(places.store)))
        assert {row.status for row in finished.rows} == {"ok"}, finished.outcome.failed
        return finished, plan, Store(places.store)

    return run


def own_training(plan, stop):
    """Find the regularized training that ends at a step."""
    (stage,) = (
        stage
        for stage in plan.stages.values()
        if stage.kind == "train"
        and stage.spec["regularizer"]
        and stage.spec["schedule"]["stop"] == stop
    )
    return stage


def test_a_training_leaves_a_plain_network_and_what_it_goes_on_from(shrinking):
    """The last state has the plain names; the attached one has a factor per norm in play."""
    _, plan, store = shrinking(methods="shrinking[pull=2]")
    stage = own_training(plan, 68)

    last = store.get(stage.key).part("last")
    attached = store.get(stage.key).part("attached")

    assert not [name for name in last if "factor" in name]
    assert sorted(set(attached) - set(last)) == [f"bn{n}.factor" for n in (1, 2, 3)]
    for name in ("bn1", "bn2", "bn3"):
        factor = attached[f"{name}.factor"]
        assert torch.equal(last[f"{name}.weight"], attached[f"{name}.weight"] * factor)
        assert bool((factor == 0).any() or (factor < 1).any())


def test_resuming_gives_the_bits_of_one_go(shrinking):
    """From the rewind point on, with factors and all, or straight through: the same network."""
    _, plan, store = shrinking(methods="shrinking[pull=2]")
    _, straight, other = shrinking(
        "other", methods="shrinking[pull=2]", recipe=RECIPE | {"rewind": "0it"}
    )
    resumed, whole = own_training(plan, 68), own_training(straight, 68)

    assert resumed.resume == own_training(plan, 17).key
    assert resumed.key == whole.key
    one, two = store.get(resumed.key).part("last"), other.get(whole.key).part("last")
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_zeros_are_removed_and_the_achieved_density_is_measured(shrinking):
    """With its own setting the target is automatic, whatever densities are asked for."""
    finished, plan, store = shrinking(methods="shrinking[pull=2]", densities=[0.5, 0.2])
    rows = [row for row in finished.rows if row.method_id == "shrinking"]

    assert {row.target for row in rows} == {"automatic"}
    assert len(rows) == 2
    last = store.get(own_training(plan, 68).key).part("last")
    alive = {f"conv{n}": int((last[f"bn{n}.weight"] != 0).sum()) for n in (1, 2, 3)}
    mask = store.get(next(t.prunes[0] for t in plan.trials if t.prunes)).record["counts"]
    assert mask == {name: max(count, 1) for name, count in alive.items()}
    assert {row.shortfall for row in rows} == {0}


def test_a_density_is_tuned_for_and_paid_for(shrinking):
    """The search's cost is in the ledger, its value and the achieved density in the row."""
    finished, plan, store = shrinking()
    (tune,) = (stage for stage in plan.stages.values() if stage.kind == "tune")
    record = store.get(tune.key).record
    row = next(row for row in finished.rows if row.protocol == "none")

    assert own_training(plan, 68).needs == (*own_training(plan, 17).needs[:1], tune.key)
    assert row.tuned_setting == "pull"
    assert row.tuned_value == record["value"]
    assert record["value"] in [tried["value"] for tried in record["tried"]]
    best = min(record["tried"], key=lambda tried: abs(tried["density"] - 0.4))
    assert record["value"] == best["value"]
    short = 34 / 17  # half of four epochs
    assert row.tuning_epochs == pytest.approx(len(record["tried"]) * short)
    assert row.total_epochs == pytest.approx(row.tuning_epochs + row.dense_epochs)
    assert row.total_macs == row.tuning_macs + row.dense_macs
    assert row.density != 1.0


def test_both_dense_networks_are_rows(shrinking):
    """The shared one, and the one that the penalty trained, for the density it was tuned for."""
    finished, _, _ = shrinking()
    dense = [row for row in finished.rows if row.method_id == "dense"]

    assert [(row.regularized_by, row.target_density) for row in dense] == [
        ("", None),
        ("shrinking", 0.4),
    ] or [(row.regularized_by, row.target_density) for row in dense] == [
        ("shrinking", 0.4),
        ("", None),
    ]
    assert len({row.trial for row in dense}) == 2
    assert len({row.weights_digest for row in dense}) == 2


def test_the_search_depends_on_density_and_settings(shrinking, tmp_path):
    """One search per density; none where the setting is given."""
    plans = {
        methods: Planner(
            load_registry(),
            validate(
                {"methods": methods, "densities": [0.5, 0.2], "seeds": 1, "protocols": "none"}, "t"
            ),
            tmp_path,
        ).plan()
        for methods in ("shrinking", "shrinking[pull=1]")
    }

    assert plans["shrinking"].counts["tune"] == 2
    assert "tune" not in plans["shrinking[pull=1]"].counts
