import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.bundle.reproduced import Reproduced, ReproducedTrial
from prunebench.errors import SpecError
from prunebench.leaderboard.badge import Badge
from prunebench.leaderboard.inputs.notes import Dispute, Notes, Supersession
from prunebench.leaderboard.tables.downloads import downloads

OTHER_MACHINE = {"processor": "B", "device": "cpu", "libraries": {"torch": "2.13"}}
VALUES = (0.8, 0.81, 0.82)


def whole(trials_of, method="magnitude", values=VALUES, **given):
    """Give a method's trials at both densities."""
    return [trials_of(method, values, density, **given) for density in (0.5, 0.25)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"suite": "small@1.1"}, "was run for the suite 'small@1.1'"),
        ({"suite": "tiny@1.0"}, "was run for the suite 'tiny@1.0'"),
        ({"schema": 2}, "has schema 2"),
    ],
)
def test_other_suites_and_newer_schemas_are_refused(given, said, build, submit, trials_of):
    """Versions of a suite are never mixed, and what a newer schema means is unknown."""
    good = submit(*whole(trials_of))
    bad = submit(*whole(trials_of, "obd"), by="Bob", **given)

    with pytest.raises(SpecError, match=said) as caught:
        build(good, bad)

    assert bad.short in str(caught.value)


def test_no_bundles_are_an_error(build):
    """There is never an empty site."""
    with pytest.raises(SpecError, match="there is no bundle"):
        build()


def test_no_closed_trial_is_an_error(build, submit, trials_of):
    """Trials of the open division alone make no board; the sentence says in what one departs."""
    faster = {"training": {"steps": 100, "lr": 0.5}}

    with pytest.raises(SpecError, match=r"the first: training.lr is 0.5, the suite has 0.1"):
        build(submit(trials_of("magnitude", VALUES, settings=faster), suite=""))


def test_dense_networks_must_agree(build, submit, trials_of):
    """Two bundles that contradict each other about a dense network are named."""
    one = submit(*whole(trials_of), by="Ada", dense="a" * 32)
    other = submit(*whole(trials_of, "obd"), by="Bob", dense="b" * 32, day=2)
    elsewhere = submit(*whole(trials_of, "obd"), dense="b" * 32, machine=OTHER_MACHINE, by="Bob")

    with pytest.raises(SpecError, match="disagree on the weights of the dense network") as caught:
        build(one, other)

    assert one.short in str(caught.value)
    assert other.short in str(caught.value)
    assert len(build(one, elsewhere).bundles) == 2
    gone = Notes(superseded=(Supersession(other.address, "withdrawn"),))
    assert len(build(one, other, notes=gone).boards) == 1


def test_open_trials_are_listed_apart(build, submit, trials_of):
    """What departs from the suite has a page and a reason, and is on no board."""
    faster = {"training": {"steps": 100, "lr": 0.5}}
    found = build(submit(*whole(trials_of), *whole(trials_of, "obd", settings=faster)))
    page = found.trials[found.open[0]]

    assert [one.method for one in found.boards[0].standings] == ["magnitude"]
    assert len(found.open) == 6
    assert (page.division, page.board, page.ranked) == ("open", "", False)
    assert [str(one) for one in page.departures] == ["training.lr is 0.5, the suite has 0.1"]


def test_conflict_has_two_pages_and_no_rank(build, submit, trials_of):
    """Both sides of a conflict are kept, told on one page, and neither enters the board."""
    mine = submit(*whole(trials_of), by="Ada")
    theirs = submit(trials_of("magnitude", (0.8, 0.81, 0.99), 0.5), by="Bob", day=2)
    found = build(mine, theirs)
    (conflict,) = found.conflicts
    keys = [side.key for side in conflict.sides]
    cell = found.boards[0].standings[0].cells[0]

    assert [side.submitter for side in conflict.sides] == ["Ada", "Bob"]
    assert [found.trials[key].row.test_accuracy_last for key in keys] == [0.82, 0.99]
    assert [found.trials[key].ranked for key in keys] == [False, False]
    assert (conflict.ratio, conflict.seed) == ("2x", 2)
    assert "differ in weights, predicted classes" in conflict.sentence
    assert (cell.accuracy.n, cell.excluded) == (2, 1)
    assert found.boards[0].standings[0].unranked == "1 of 2 cells; 1 disputed or in conflict"


def test_superseded_bundle_stays_in_history(build, submit, trials_of):
    """Its rows give way, and the trial says who had which accuracy."""
    old = submit(*whole(trials_of, values=(0.7, 0.7, 0.7)), by="Ada")
    new = submit(*whole(trials_of), by="Bob", day=2)
    found = build(old, new, notes=Notes(superseded=(Supersession(old.short, new.short),)))
    reports = [
        (said.submitter, said.accuracy, said.standing)
        for said in next(one for one in found.trials.values() if len(one.reports) > 1).reports
    ]

    assert reports == [("Bob", 0.8, "shown"), ("Ada", 0.7, "superseded")]
    assert [one.superseded_by for one in found.bundles] == ["", new.address]
    assert [badge.text for badge in found.bundles[1].badges][-1] == "superseded"
    assert str(found.boards[0].standings[0].rank) == "1"


def test_changed_default_keeps_versions_apart(build, submit, trials_of):
    """A label whose defaults changed stands for the settings of its submitter's newest version."""
    before = {"method": {"name": "obd", "settings": {"rate": 0.1}}}
    after = {"method": {"name": "obd", "settings": {"rate": 0.2}}}
    old = submit(*whole(trials_of, "obd", (0.9, 0.9, 0.9), settings=before), by="Ada")
    new = submit(*whole(trials_of, "obd", settings=after), by="Ada", version="2.0")
    found = build(old, new)
    (page,) = found.methods

    assert found.boards[0].standings[0].cells[0].accuracy.mean == 0.81
    assert page.settings == {"rate": 0.2}
    assert len(page.trials) == 12
    assert sum(found.trials[key].ranked for key in page.trials) == 6


def test_reproductions_are_counted(build, submit, trials_of):
    """Of two trials run again one agrees: 1/2 for the bundle, 1/1 and 0/1 for the trials."""
    bundle = submit(*whole(trials_of))
    rows = [entry.row for entry in bundle.entries if entry.row.method == "magnitude"][:2]
    again = Reproduced(
        bundle.address,
        "2025-02-01T00:00:00Z",
        "Bob",
        {},
        tuple(
            ReproducedTrial(row.trial, row.test_accuracy_last, 0.8, 0.0, agrees, "exact")
            for row, agrees in zip(rows, (True, False), strict=True)
        ),
    )
    found = build(bundle, reproductions=[again, again])
    counts = [b.text for row in rows for b in found.trials[row.trial].badges if b.of]

    assert counts == ["reproduced 1/1", "reproduced 0/1"]
    assert Badge("reproduced", 1, 2) in found.bundles[0].badges
    assert Badge("reproduced", 1, 2) in found.boards[0].standings[0].badges


def test_claimed_version_takes_no_label(build, submit, trials_of):
    """Another party's settings under a higher version leave the board as it was."""
    own = {"method": {"name": "obd", "settings": {"rate": 0.1}}}
    strange = {"method": {"name": "obd", "settings": {"rate": 0.2}}}
    ours = submit(*whole(trials_of, "obd", settings=own), by="Ada")
    theirs = submit(
        *whole(trials_of, "obd", (0.99,) * 3, settings=strange), by="Eve", version="999", day=2
    )
    found = build(ours, theirs)

    assert found.boards[0].standings[0].cells[0].accuracy.mean == 0.81
    assert found.methods[0].settings == {"rate": 0.1}


def again_of(bundle, submitted, agrees, trial="", day=1):
    """Give a reproduction of a bundle's first pruned trial."""
    row = next(entry.row for entry in bundle.entries if entry.row.method == "magnitude")
    found = ReproducedTrial(trial or row.trial, submitted, 0.8, 0.0, agrees, "exact")
    return Reproduced(bundle.address, f"2025-02-{day:02d}T00:00:00Z", "Eve", {}, (found,))


@pytest.mark.parametrize(("trial", "said"), [("0" * 32, "does not have"), ("", "bundle has 0.8")])
def test_reproductions_of_other_trials_are_refused(trial, said, build, submit, trials_of):
    """One of a trial that the bundle has not, or of another accuracy, names both."""
    bundle = submit(*whole(trials_of, values=(0.8,)))
    again = again_of(bundle, 0.5, agrees=True, trial=trial)

    with pytest.raises(SpecError, match=said) as caught:
        build(bundle, reproductions=[again])

    assert bundle.short in str(caught.value)
    assert again.trials[0].trial in str(caught.value)


def test_a_trial_counts_once_and_disagreement_prevails(build, submit, trials_of):
    """Three reruns of one trial, one of which disagrees, are 0/1; two that agree are 1/1."""
    bundle = submit(*whole(trials_of, values=(0.8,)))
    verdicts = [True, False, True]
    reruns = [again_of(bundle, 0.8, agrees, day=n) for n, agrees in enumerate(verdicts, 1)]

    assert Badge("reproduced", 0, 1) in build(bundle, reproductions=reruns).bundles[0].badges
    assert Badge("reproduced", 1, 1) in build(bundle, reproductions=reruns[::2]).bundles[0].badges


def test_other_dense_networks_are_a_conflict(build, submit, trials_of):
    """Dense accuracies beyond the tolerance on another machine are told; the first ones stand."""
    ours = submit(*whole(trials_of), by="Ada")
    theirs = submit(
        *whole(trials_of, "obd"), by="Eve", machine=OTHER_MACHINE, day=2, dense="b" * 32
    )
    near, far = (
        replace(
            theirs,
            entries=tuple(
                replace(e, row=replace(e.row, test_accuracy_last=value))
                if e.row.method == "dense"
                else e
                for e in theirs.entries
            ),
        )
        for value in (0.976, 0.5)
    )
    found = build(ours, far)

    assert build(ours, near).conflicts == ()
    assert [one.method for one in found.conflicts] == ["dense"] * 3
    assert [side.accuracy for side in found.conflicts[0].sides] == [0.98, 0.5]
    assert "on different software and hardware" in found.conflicts[0].sentence
    assert "differ in weights, predicted classes;" in found.conflicts[0].sentence
    assert found.boards[0].dense.accuracy.mean == 0.98


def test_independent_parties_are_named(build, submit, trials_of):
    """The badge of a trial says who else has its outcome."""
    found = build(submit(*whole(trials_of)), submit(*whole(trials_of), by="Bob", day=2))
    badges = next(one.badges for one in found.trials.values() if one.row.method == "magnitude")

    assert [(b.word, b.reason) for b in badges][-1] == ("independent", "also by Bob")


def test_pages_of_trials_are_complete(build, submit, trials_of):
    """A trial leads to its bundle, its dense network and the command that runs it again."""
    bundle = submit(*whole(trials_of))
    found = build(bundle)
    page = next(one for one in found.trials.values() if one.row.method == "magnitude")

    assert page.bundle == bundle.address
    assert found.trials[page.dense].row.method == "dense"
    assert page.environment["processor"] == "A"
    assert page.reproduce == (
        f"prunebench reproduce small-1.0-{bundle.address[:16]}.zip --trial {page.row.trial}"
    )


def test_methods_say_what_is_missing(build, submit, trials_of):
    """A method's page counts its coverage of the suite and lists every trial that lacks."""
    (page,) = build(submit(trials_of("magnitude", (0.8, 0.8), 0.5))).methods

    assert (page.covered, page.expected, page.paper) == (2, 6, "Paper of magnitude")
    assert page.missing[0] == "digits · mlp · finetune · 2x · seed 2"
    assert len(page.missing) == 4


@settings(max_examples=12, deadline=None)  # each builds two leaderboards
@given(order=st.permutations(range(5)), twice=st.integers(0, 4))
def test_order_and_repetition_say_nothing(order, twice, build, submit, trials_of):
    """The same bundles in any order, one of them twice, give an equal leaderboard and tables."""
    bundles = [
        submit(*whole(trials_of), by="Ada", day=2),
        submit(*whole(trials_of, "obd", (0.7, 0.7, 0.72)), by="Ada", day=2),
        submit(*whole(trials_of, "obd", (0.7, 0.7, 0.72)), by="Bob", day=2),
        submit(*whole(trials_of, "obd", (0.9, 0.9, 0.9)), by="Cy"),
        submit(*whole(trials_of, "zero", (0.6, None, 0.63)), machine=OTHER_MACHINE),
    ]
    link = "https://example.org/1"
    notes = Notes(disputed=(Dispute("x", link, bundle=bundles[4].address),))
    shuffled = [bundles[place] for place in [*order, twice]]

    expected, found = build(*bundles, notes=notes), build(*shuffled, notes=notes)

    assert found == expected
    assert list(found.trials) == list(expected.trials)
    assert downloads(found) == downloads(expected)


def test_boards_need_no_torch():
    """Making a leaderboard and its tables loads no torch."""
    code = (
        "import sys, prunebench.leaderboard.inputs.intake, prunebench.leaderboard.build, "
        "prunebench.leaderboard.tables.downloads; print('torch' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "False"
