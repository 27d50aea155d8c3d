"""A part of a plan: some rows, and all that leads to them."""

from prunebench.plan.narrow import narrowed

ASKED = {
    "model": "smallconv",
    "methods": ["magnitude", "l1filter"],
    "protocols": ["ticket", "random"],
    "densities": [0.5],
    "seeds": 1,
    "recipe": {"preset": "digits", "rewind": "2ep"},
}


def test_what_is_left_is_whole(plan):
    """Every input of a stage that is left is left too, rewind points included."""
    whole = plan(**ASKED)
    part = narrowed(whole, lambda facts: facts["method_id"] == "magnitude")

    assert {trial.facts["method_id"] for trial in part.trials} == {"magnitude"}
    assert set(part.stages) < set(whole.stages)
    for stage in part.stages.values():
        assert set(stage.needs) <= set(part.stages)
        assert stage.resume is None or stage.resume in part.stages


def test_trainings_without_sharing_are_counted_anew(plan):
    """A ticket alone needs two trainings: the dense one and its own."""
    part = narrowed(
        plan(**ASKED),
        lambda facts: (facts["method_id"], facts["protocol_id"]) == ("magnitude", "ticket"),
    )

    assert (part.trainings, part.trainings_naive) == (2, 2)


def test_all_wanted_changes_nothing(plan):
    """The whole plan is a part of itself."""
    whole = plan(**ASKED)
    same = narrowed(whole, lambda _: True)

    assert set(same.stages) == set(whole.stages)
    assert same.trainings_naive == whole.trainings_naive
