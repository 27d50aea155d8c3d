from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.leaderboard.inputs.notes import Dispute, Notes, Supersession
from prunebench.leaderboard.merging.candidate import candidates
from prunebench.leaderboard.merging.merge import merge

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
    mine = submit(trials_of("obd", (0.80, 0.80, 0.80)), by="Ada", day=2)
    near = submit(trials_of("obd", (0.805,) * 3), by="Bob", machine=OTHER_MACHINE)
    far = submit(trials_of("obd", (0.806,) * 3), by="Cy", machine=OTHER_MACHINE)

    assert roles(merged(mine, near)) == {"independent"}
    assert roles(merged(mine, far)) == {"another environment"}
    assert all(one.counts for one in merged(mine, far))


def test_wide_seeds_widen_the_tolerance(submit, trials_of):
    """Seeds 0.7, 0.8, 0.9 have sd 0.1: anything from 0.5 to 1.1 agrees."""
    mine = submit(trials_of("obd", (0.7, 0.8, 0.9)), by="Ada", day=2)
    theirs = submit(trials_of("obd", (0.5, 0.51, 0.49)), by="Bob", machine=OTHER_MACHINE)

    found = {one.shown.row.seed: roles([one]) for one in merged(mine, theirs)}

    assert found == {0: {"independent"}, 1: {"independent"}, 2: {"another environment"}}


def test_newest_version_is_shown(submit, trials_of):
    """Of two versions the newer one is shown, though its bundle is older; 1.10 is after 1.9."""
    old = submit(trials_of("obd", VALUES), by="Ada", version="1.9", day=5)
    new = submit(trials_of("obd", (0.9, 0.9, 0.9)), by="Bob", version="1.10")

    found = merged(old, new)

    assert {one.shown.bundle.address for one in found} == {new.address}
    assert roles(found) == {"older version"}
    assert all(one.counts for one in found)


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
