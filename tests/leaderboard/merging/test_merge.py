import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.leaderboard.inputs.notes import Dispute, Notes, Supersession
from prunebench.leaderboard.merging.candidate import candidates
from prunebench.leaderboard.merging.merge import merge

MACHINE = {"processor": "A", "device": "cpu", "libraries": {"torch": "2.13"}}
OTHER_MACHINE = {"processor": "B", "device": "cpu", "libraries": {"torch": "2.13"}}
VALUES = (0.8, 0.81, 0.82)


def merged(*bundles, notes=None):
    """Merge bundles; give what became of the trials of methods."""
    found = merge(candidates(bundles), notes or Notes())
    return [one for one in found if one.shown.label != "dense"]


def roles(found):
    """Give the role that every other bundle's row has, over all trials."""
    return {role for one in found for _, role in one.others}


def test_equal_evidence_of_another_party_is_independent(submit, trials_of):
    """Two submitters with the same trials and outcomes make one row each, called independent."""
    mine = submit(trials_of("obd", VALUES), by="Ada")
    theirs = submit(trials_of("obd", VALUES), by="Bob", day=2)

    assert [one.independent for one in merged(mine, theirs)] == [True] * 3
    assert roles(merged(mine, theirs)) == {"independent"}
    assert all(one.counts for one in merged(mine, theirs))


def test_nobody_confirms_himself(submit, trials_of):
    """The newest bundle of one submitter is shown, the older is history, whatever it says."""
    first = submit(trials_of("obd", VALUES), by="Ada")
    second = submit(trials_of("obd", (0.7, 0.71, 0.72)), by=" ada ", day=2)

    found = merged(first, second)

    assert {one.shown.bundle.address for one in found} == {second.address}
    assert roles(found) == {"older submission"}
    assert [one.independent for one in found] == [False] * 3


def test_one_address_on_the_web_is_one_party(submit, trials_of):
    """Two names with one web address are no second opinion."""
    first = submit(trials_of("obd", VALUES), by="Ada", url="https://example.org/ada/")
    second = submit(trials_of("obd", VALUES), by="Bob", url="https://example.org/ada", day=2)

    assert roles(merged(first, second)) == {"older submission"}


def test_nameless_bundles_do_not_confirm_each_other(submit, trials_of):
    """Two bundles without a name may be of one person."""
    first = submit(trials_of("obd", VALUES), by="")
    second = submit(trials_of("obd", VALUES), by="", day=2)

    assert roles(merged(first, second)) == {"older submission"}


def test_other_outcome_on_equal_machine_is_a_conflict(submit, trials_of):
    """Of two parties with equal software and hardware, both sides are kept and neither counts."""
    mine = submit(trials_of("obd", VALUES), by="Ada")
    theirs = submit(trials_of("obd", (0.8, 0.81, 0.99)), by="Bob", day=2)

    found = {one.shown.row.seed: one for one in merged(mine, theirs)}

    assert [found[seed].counts for seed in range(3)] == [True, True, False]
    assert [one.bundle.address for one in found[2].conflict] == [mine.address, theirs.address]


def test_plugins_beside_and_kernels_do_not_hide_a_conflict(submit, trials_of):
    """What else is installed, and the name of the system, do not make another machine."""
    shared = {"processor": "A", "device": "cpu", "libraries": {"torch": "2.13"}}
    mine = submit(trials_of("obd", (0.8,)), by="Ada", machine=shared | {"plugins": ["x"]})
    theirs = submit(trials_of("obd", (0.9,)), by="Bob", machine=shared | {"platform": "Linux-7"})

    assert roles(merged(mine, theirs)) == {"conflict"}


def test_near_outcome_on_another_machine_is_independent(submit, trials_of):
    """On another processor an outcome inside mean +- max(3 sd, 0.5 points) agrees."""
    mine = submit(trials_of("obd", (0.80, 0.80, 0.80)), by="Ada")
    near = submit(trials_of("obd", (0.805,) * 3), by="Bob", machine=OTHER_MACHINE, day=2)
    far = submit(trials_of("obd", (0.806,) * 3), by="Cy", machine=OTHER_MACHINE, day=2)

    assert roles(merged(mine, near)) == {"independent"}
    assert roles(merged(mine, far)) == {"another environment"}
    assert all(one.counts for one in merged(mine, far))


def test_seeds_widen_the_tolerance(submit, trials_of):
    """Seeds 0.79, 0.8, 0.81 have sd 0.01: anything from 0.77 to 0.83 agrees."""
    mine = submit(trials_of("obd", (0.79, 0.8, 0.81)), by="Ada")
    theirs = submit(trials_of("obd", (0.77, 0.83, 0.76)), by="Bob", machine=OTHER_MACHINE, day=2)

    found = {one.shown.row.seed: roles([one]) for one in merged(mine, theirs)}

    assert found == {0: {"independent"}, 1: {"independent"}, 2: {"another environment"}}


def test_the_tolerance_is_bounded(submit, trials_of):
    """Seeds 0.7, 0.8, 0.9 have sd 0.1, and yet only what lies from 0.75 to 0.85 agrees."""
    mine = submit(trials_of("obd", (0.7, 0.8, 0.9)), by="Ada")
    theirs = submit(trials_of("obd", (0.75, 0.85, 0.74)), by="Bob", machine=OTHER_MACHINE, day=2)

    found = {one.shown.row.seed: roles([one]) for one in merged(mine, theirs)}

    assert found == {0: {"independent"}, 1: {"independent"}, 2: {"another environment"}}


@pytest.mark.parametrize("version", ["0.0.1", "999"])
def test_versions_displace_nothing_of_others(version, submit, trials_of):
    """Whatever version a later bundle of somebody else names, the first one is shown and counts."""
    mine = submit(trials_of("obd", VALUES), by="Ada", version="0.0.2")
    theirs = submit(trials_of("obd", (0.9, 0.9, 0.9)), by="Eve", version=version, day=2)

    found = merged(mine, theirs)

    assert {one.shown.bundle.address for one in found} == {mine.address}
    assert roles(found) == {"another version"}
    assert all(one.counts for one in found)


def test_a_prunebench_that_nobody_has_gives_way(submit, trials_of):
    """A version of prunebench newer than the one at work is not shown first, even if dated back."""
    mine = submit(trials_of("obd", VALUES), by="Ada", version="0.0.1", day=5)
    theirs = submit(trials_of("obd", (0.9, 0.9, 0.9)), by="Eve", version="999")

    found = merged(mine, theirs)

    assert {one.shown.bundle.address for one in found} == {mine.address}
    assert roles(found) == {"another version"}


def test_who_was_first_stays_first(submit, trials_of):
    """A party's newer bundle takes the place of its older one, also after others had the trial."""
    first = submit(trials_of("obd", VALUES), by="Ada")
    theirs = submit(trials_of("obd", (0.7, 0.7, 0.7)), by="Bob", machine=OTHER_MACHINE, day=2)
    second = submit(trials_of("obd", (0.9, 0.9, 0.9)), by="Ada", version="2.0", day=3)

    found = merged(first, theirs, second)

    assert {one.shown.bundle.address for one in found} == {second.address}
    assert roles(found) == {"older submission", "another version"}


@pytest.mark.parametrize(
    ("given", "machine", "role"),
    [
        ({"params_kept": 100}, MACHINE, "conflict"),
        ({"params_kept": 100}, OTHER_MACHINE, "another environment"),
        ({"params_kept": 51}, OTHER_MACHINE, "independent"),
        ({"macs_sparse": 1000}, OTHER_MACHINE, "another environment"),
        ({"prunable_kept": 7}, OTHER_MACHINE, "another environment"),
        ({"params_dense": 1000}, OTHER_MACHINE, "conflict"),
        ({"granularity": "channel"}, OTHER_MACHINE, "conflict"),
    ],
)
def test_other_sizes_confirm_nothing(given, machine, role, submit, trials_of):
    """Equal accuracies of networks of other sizes are no second opinion."""
    mine = submit(trials_of("obd", VALUES), by="Ada")
    theirs = submit(trials_of("obd", VALUES, given=given), by="Bob", machine=machine, day=2)

    assert roles(merged(mine, theirs)) == {role}


def test_superseded_bundle_gives_way(submit, trials_of):
    """A superseded bundle is history; alone, its rows are shown and do not count."""
    old = submit(trials_of("obd", VALUES), by="Ada", day=3)
    new = submit(trials_of("obd", (0.9, 0.9, 0.9)), by="Bob")
    notes = Notes(superseded=(Supersession(old.address, new.address),))

    assert roles(merged(old, new, notes=notes)) == {"superseded"}
    assert {one.shown.bundle.address for one in merged(old, new, notes=notes)} == {new.address}
    assert [one.counts for one in merged(old, notes=notes)] == [False] * 3


def test_disputed_bundle_ends_a_conflict(submit, trials_of):
    """Once a maintainer calls one side disputed, the other one counts."""
    mine = submit(trials_of("obd", VALUES), by="Ada")
    theirs = submit(trials_of("obd", (0.9, 0.9, 0.9)), by="Bob", day=2)
    doubt = Dispute("edited", "https://example.org/1", bundle=theirs.address)

    found = merged(mine, theirs, notes=Notes(disputed=(doubt,)))

    assert {one.shown.bundle.address for one in found} == {mine.address}
    assert roles(found) == {"disputed"}
    assert all(one.counts for one in found)


def test_disputed_trial_is_shown_and_does_not_count(submit, trials_of):
    """A note on a trial leaves it visible, without a say."""
    mine = submit(trials_of("obd", VALUES))
    first = merged(mine)[0].shown.row
    doubt = Dispute("too good", "https://example.org/1", trial=first.trial)

    found = {one.shown.row.trial: one for one in merged(mine, notes=Notes(disputed=(doubt,)))}

    assert found[first.trial].disputes == (doubt,)
    assert sorted(one.counts for one in found.values()) == [False, True, True]


def test_two_distributions_with_one_name_are_two_methods(submit, trials_of):
    """A stranger's method of a built-in's name gets its distribution behind its label."""
    ours = submit(trials_of("obd", VALUES), by="Ada")
    strangers = submit(trials_of("obd", (0.9, 0.9, 0.9)), by="Bob", distribution="other")

    found = merged(ours, strangers)

    assert sorted({one.shown.label for one in found}) == ["obd", "obd (other)"]
    assert roles(found) == set()


@settings(deadline=None)
@given(order=st.permutations(range(4)))
def test_order_of_bundles_says_nothing(order, submit, trials_of):
    """Whatever order bundles come in, the same row is shown and the others have the same roles."""
    bundles = [
        submit(trials_of("obd", VALUES), by="Ada", day=2),
        submit(trials_of("obd", VALUES), by="Bob", day=2),
        submit(trials_of("obd", (0.9, 0.9, 0.9)), by="Cy", day=2),
        submit(trials_of("obd", (0.8, 0.81, 0.83)), by="Di", machine=OTHER_MACHINE),
    ]

    def told(given):
        return [
            (one.shown.bundle.address, [(o.bundle.address, role) for o, role in one.others])
            for one in merged(*given)
        ]

    assert told([bundles[place] for place in order]) == told(bundles)
