"""What an experiment requires decides whether it runs and nothing of what it computes."""

from prunebench.experiment.schema import validate
from prunebench.run.planning import make_plan

ASKED = {
    "model": "smallconv[width=4]",
    "methods": ["magnitude"],
    "protocols": ["ticket", "none"],
    "densities": [0.5],
    "seeds": 1,
}


def test_required_plugins_are_in_no_key(registry, tmp_path):
    """Trial ids and stage keys are those of the same experiment without the line."""
    plans = [
        make_plan(registry, validate(ASKED | more, "test"), tmp_path, fetch=False)
        for more in ({}, {"required_plugins": ["prunebench>=0.0"]})
    ]
    ids = [[trial.facts["trial"] for trial in plan.trials] for plan in plans]
    keys = [list(plan.stages) for plan in plans]

    assert len(ids[0]) == 3
    assert ids[0] == ids[1]
    assert keys[0] == keys[1]
