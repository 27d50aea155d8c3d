import pytest

from prunebench.leaderboard.merging.candidate import candidates, machine, release


def test_versions_are_ordered_by_number():
    """1.10 comes after 1.9, and what is no version comes first."""
    assert sorted(["1.10", "dev", "1.9", "2"], key=release) == ["dev", "1.9", "1.10", "2"]


@pytest.mark.parametrize(
    ("facts", "same"),
    [
        ({"processor": "A", "cores": 64, "platform": "x", "id": "1", "plugins": ["y"]}, True),
        ({"processor": "B"}, False),
        ({"processor": "A", "libraries": {"torch": "3"}}, False),
        ({"processor": "A", "something": "new"}, False),
    ],
)
def test_machines_are_told_apart_by_what_decides_numbers(facts, same):
    """Cores, names of systems and other plugins decide no number; all else might."""
    assert (machine(facts) == machine({"processor": "A"})) is same


@pytest.mark.parametrize("like", ["text", {"like": "text"}, {"like": {"method": "text"}}, None])
def test_strange_targets_are_no_error(like, submit, trials_of):
    """A stranger's coordinates may have any shape; they still tell settings apart."""
    (row,) = trials_of("obd", (0.5,), settings={"target": like}).rows()
    found = candidates([submit(trials_of("obd", (0.5,), settings={"target": like}))])

    assert next(one.configuration for one in found if one.row.trial == row.trial)


def test_own_masks_trained_from_scratch_are_own_trials(submit, trials_of):
    """A control of a method that is the method itself is one of its trials."""
    own = {"control_of": "obd"}
    found = candidates([submit(trials_of("obd", (0.5,), given=own))])

    assert {one.control_of for one in found} == {""}
