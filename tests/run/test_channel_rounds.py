"""Channels pruned in rounds with training between them: cut nets are widened and cut again."""

from prunebench.experiment.schema import validate
from prunebench.plugin.registry import load_registry
from prunebench.run.executor import InlineExecutor
from prunebench.run.planning import make_plan
from prunebench.run.run import Places, Run
from prunebench.store.store import Store

TWO_ROUNDS = '''
from prunebench.api import Density, Granularity, Method, Round, allocate, hookimpl


class TwoRounds(Method):
    """Cut to four fifths, fine-tune, cut to the target (Nobody 2020)."""

    name = "two-rounds"
    paper = "Nobody 2020"
    granularity = Granularity.CHANNEL

    def score(self, subject):
        return {
            name: group.filters[0].abs().flatten(1).sum(1)
            for name, group in subject.groups.items()
        }

    def schedule(self, layout, target):
        return tuple(
            Round(allocate(layout, goal, self.granularity, self.scope, self.floor), "finetune")
            for goal in (Density(0.8), target)
        )


@hookimpl
def prunebench_methods():
    return [TwoRounds]
'''


def test_channels_are_pruned_in_rounds(strangers, tmp_path):
    """Every protocol follows two rounds; the second round's channels are among the first's."""
    strangers.install("two-rounds", ["two = two_rounds"], {"two_rounds.py": TWO_ROUNDS})
    registry = load_registry()
    asked = {
        "model": "smallconv[width=4]",
        "methods": "two-rounds",
        "protocols": ["none", "finetune", "scratch-e", "ticket", "random"],
        "densities": [0.3],
        "seeds": 1,
        "recipe": {"preset": "digits", "length": 2, "finetune": {"length": 1}},
    }
    experiment = validate(asked, "test")
    plan = make_plan(registry, experiment, tmp_path, fetch=False)
    store = Store(tmp_path / "store")
    places = Places(store.root, tmp_path)
    run = Run(registry, experiment, plan, places, "prunebench run")
    finished = run.execute(InlineExecutor(registry, store))
    trial = next(trial for trial in plan.trials if trial.prunes)
    first, second = (store.get(key).part("mask") for key in trial.prunes)

    assert {row.status for row in finished.rows} == {"ok"}
    assert {row.pruning_epochs for row in finished.rows if row.method == "two-rounds"} == {1.0}
    assert all(bool((second[name] <= first[name]).all()) for name in first)
    assert sum(int(kept.sum()) for kept in second.values()) < sum(
        int(kept.sum()) for kept in first.values()
    )
