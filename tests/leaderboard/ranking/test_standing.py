from dataclasses import replace

import pytest
from scipy import stats

from prunebench.leaderboard.inputs.notes import Dispute, Notes


def board_of(found, slug="digits-mlp-finetune"):
    """Give the only board."""
    (board,) = found.boards
    assert board.slug == slug
    return board


def standing_of(board, method):
    """Give a method's standing."""
    return next(one for one in board.standings if one.method == method)


def grid(trials_of, method, half, quarter, **given):
    """Give a method's trials at both densities."""
    return [trials_of(method, half, 0.5, **given), trials_of(method, quarter, 0.25, **given)]


@pytest.fixture
def magnitude(trials_of):
    """Give the reference: 0.80, 0.81, 0.82 and 0.60, 0.61, 0.62."""
    return grid(trials_of, "magnitude", (0.80, 0.81, 0.82), (0.60, 0.61, 0.62))


def test_numbers_of_a_cell(build, submit, magnitude):
    """Mean 0.81, sd 0.01, and 0.81 +- t(0.975; 2) 0.01 / sqrt(3) = 4.303 * 0.00577 = 0.0248."""
    cell = standing_of(board_of(build(submit(*magnitude))), "magnitude").cells[0]
    score = cell.accuracy

    assert (cell.density, cell.ratio, cell.outcomes) == (0.5, "2x", "3 of 3")
    assert (score.mean, score.sd, score.n, score.expected) == (0.81, 0.01, 3, 3)
    assert (score.low, score.high) == pytest.approx((0.785159, 0.834841), abs=1e-6)


def test_area_is_the_mean_over_the_logarithm(build, submit, magnitude):
    """Over one octave from 2x to 4x the area is the mean of both ends: 0.70, 0.71, 0.72."""
    area = standing_of(board_of(build(submit(*magnitude))), "magnitude").area

    assert (area.mean, area.sd, area.n) == (0.71, 0.01, 3)


def test_difference_from_the_reference(build, submit, magnitude, trials_of):
    """Differences -0.10, -0.11, -0.10 at 2x and 0.00, 0.02, -0.02 at 4x; Holm over both.

    At 2x the mean is -0.31 / 3 with sd 0.00577; t = -31 with 2 degrees of freedom has
    p = 1 - 31 / sqrt(31^2 + 2) = 0.00104, and Holm doubles it. At 4x the mean is 0, so p is 1.
    """
    obd = grid(trials_of, "obd", (0.70, 0.70, 0.72), (0.60, 0.63, 0.60))
    board = board_of(build(submit(*magnitude, *obd)))
    half, quarter = (cell.accuracy.difference for cell in standing_of(board, "obd").cells)

    assert (half.mean, half.n, half.test, half.tests) == (-0.1033333333, 3, "t", 2)
    assert half.p == pytest.approx(1 - 31 / (31**2 + 2) ** 0.5, rel=1e-6)
    assert half.adjusted_p == pytest.approx(2 * half.p)
    assert (half.verdict, quarter.verdict) == ("worse", "tie")
    assert quarter.adjusted_p == 1
    assert standing_of(board, "magnitude").cells[0].accuracy.difference is None
    assert board.tests == ("t",)


def test_detectable_difference(build, submit, magnitude, trials_of):
    """The non-central t with 2 degrees of freedom exceeds 4.303 with 80 % at the nc found."""
    obd = grid(trials_of, "obd", (0.70, 0.70, 0.72), (0.60, 0.63, 0.60))
    board = board_of(build(submit(*magnitude, *obd)))
    found = standing_of(board, "obd").cells[1].accuracy.difference.detectable
    noncentrality = found / (0.02 / 3**0.5)

    assert stats.nct.sf(stats.t.ppf(0.975, 2), 2, noncentrality) == pytest.approx(0.8, abs=1e-6)
    assert board.detectable.largest == found
    assert board.detectable.smallest == pytest.approx(found * 0.00577350269 / 0.02)


def test_places_follow_the_area(build, submit, magnitude, trials_of):
    """Clear differences give 1, 2; the better one stands first, whatever its name."""
    zero = grid(trials_of, "zero", (0.90, 0.91, 0.93), (0.70, 0.71, 0.73))
    board = board_of(build(submit(*magnitude, *zero)))

    assert [(one.method, str(one.rank)) for one in board.standings] == [
        ("zero", "1"),
        ("magnitude", "2"),
    ]


def test_ties_are_sorted_by_name(build, submit, magnitude, trials_of):
    """Noise supports no order, so the name decides and both may take both places."""
    better = grid(trials_of, "zero", (0.90, 0.71, 0.93), (0.70, 0.51, 0.73))
    board = board_of(build(submit(*magnitude, *better)))

    assert [(one.method, str(one.rank)) for one in board.standings] == [
        ("magnitude", "1–2"),
        ("zero", "1–2"),
    ]


def test_incomplete_coverage_is_listed_unranked(build, submit, magnitude, trials_of):
    """A method that lacks a seed at 4x has 1 of 2 cells and no place, whatever its accuracy."""
    best = grid(trials_of, "best", (0.99, 0.99, 0.98), (0.99, 0.98))
    board = board_of(build(submit(*magnitude, *best)))
    found = standing_of(board, "best")

    assert (found.unranked, found.rank, found.covered, found.expected) == (
        "1 of 2 cells",
        None,
        5,
        6,
    )
    assert found.cells[0].accuracy.rank is None
    assert found.cells[0].accuracy.difference is None
    assert [one.method for one in board.standings] == ["magnitude", "best"]
    assert str(standing_of(board, "magnitude").rank) == "1"


def test_diverged_seed_counts_and_comes_last(build, submit, magnitude, trials_of):
    """A diverged trial is an outcome: coverage is complete, and its cell and area come last."""
    wild = grid(trials_of, "wild", (0.99, 0.98, None), (0.99, 0.98, 0.97))
    found = standing_of(board_of(build(submit(*magnitude, *wild))), "wild")
    half, quarter = found.cells

    assert (half.outcomes, half.failed, half.accuracy.n) == ("2 of 3 (1 diverged)", 1, 2)
    assert [str(cell.accuracy.rank) for cell in (half, quarter)] == ["2", "1"]
    assert (str(found.rank), found.area.n, found.unranked) == ("2", 2, "")


def test_collapsed_seed_comes_last_in_its_cell_alone(build, submit, magnitude, trials_of):
    """A collapsed network has an accuracy, which its mean and its area take as it is."""
    flat = ((0.99, 0.98, ("collapsed", 0.1)), (0.99, 0.98, 0.99))
    found = standing_of(
        board_of(build(submit(*magnitude, *grid(trials_of, "flat", *flat)))), "flat"
    )

    assert found.cells[0].outcomes == "3 of 3 (1 collapsed)"
    assert found.cells[0].accuracy.mean == 0.69
    assert str(found.cells[0].accuracy.rank) == "2"
    assert found.area.n == 3
    assert str(found.rank) == "1–2"


def test_failed_trial_is_no_outcome(build, submit, magnitude, trials_of):
    """A trial whose stage raised leaves a gap in the coverage, and is shown."""
    broken = grid(trials_of, "broken", (0.9, 0.9, 0.9), (0.9, 0.9, ("failed", None)))
    found = standing_of(board_of(build(submit(*magnitude, *broken))), "broken")

    assert (found.unranked, found.cells[1].outcomes) == ("1 of 2 cells", "2 of 3 (1 failed)")


def test_disputed_trial_is_excluded_and_visible(build, submit, magnitude, trials_of):
    """What a note disputes enters no number, keeps its page, and says why."""
    bundle = submit(*magnitude, *grid(trials_of, "obd", (0.9, 0.9, 0.9), (0.9, 0.9, 0.9)))
    row = next(e.row for e in bundle.entries if (e.row.method, e.row.target) == ("obd", "0.5"))
    doubt = Dispute("edited", "https://example.org/7", trial=row.trial)
    found = build(bundle, notes=Notes(disputed=(doubt,)))
    standing = standing_of(board_of(found), "obd")
    page = found.trials[row.trial]

    assert standing.unranked == "1 of 2 cells; 1 disputed or in conflict"
    assert (standing.cells[0].accuracy.n, standing.cells[0].excluded) == (2, 1)
    assert row.trial in standing.cells[0].trials
    assert not page.ranked
    assert [(b.text, b.reason, b.link) for b in page.badges][-1] == (
        "disputed",
        "edited",
        "https://example.org/7",
    )


def test_controls_are_shown_after_all_and_never_ranked(build, submit, magnitude, trials_of):
    """A control stands below the methods, without place and without difference."""
    control = {"method_id": "obd", "control_of": "magnitude"}
    shape = [
        trials_of(
            "obd like magnitude",
            (0.99, 0.99, 0.98),
            density,
            given=control,
            settings={"target": {"like": {"method": {}, "target": {"density": density}}}},
        )
        for density in (0.5, 0.25)
    ]
    board = board_of(build(submit(*shape, *magnitude)))
    found = board.standings[-1]

    assert (found.method, found.control_of) == ("obd like magnitude", "magnitude")
    assert (found.unranked, found.rank) == ("control of magnitude", None)
    assert found.cells[0].accuracy.difference is None
    assert str(board.standings[0].rank) == "1"


def test_missing_reference_is_said(build, submit, trials_of):
    """Without the reference there are places and no differences."""
    board = board_of(build(submit(*grid(trials_of, "obd", (0.9,) * 3, (0.8,) * 3))))

    assert board.remarks == ("No bundle has the reference magnitude, so no differences are given.",)
    assert (board.detectable, board.tests) == (None, ())
    assert str(board.standings[0].rank) == "1"


def test_mixed_versions_and_machines_are_said(build, submit, magnitude, trials_of):
    """Seeds of two versions of a plugin, and of two machines, stand side by side: it is told."""
    half, quarter = grid(trials_of, "obd", (0.9,) * 3, (0.8,) * 3)
    other = {"processor": "B"}
    board = board_of(
        build(
            submit(*magnitude, half),
            submit(quarter, by="Bob", version="2.0", machine=other, dense="d" * 32),
        )
    )

    assert [remark.partition(";")[0] for remark in board.remarks] == [
        "The trials of obd come from versions 1.0 and 2.0 of its plugin.",
        "Trials come from 2 combinations of hardware, libraries and commit of prunebench",
    ]


def test_dense_networks_of_a_pair(build, submit, magnitude):
    """The dense accuracy stands beside every board of its pair."""
    dense = board_of(build(submit(*magnitude))).dense

    assert (dense.accuracy.mean, dense.accuracy.n, len(dense.trials)) == (0.98, 3, 3)


def test_badges_of_a_method_count_its_trials(build, submit, magnitude):
    """Six trials are reported and re-scored; three of them were confirmed by another party."""
    found = build(submit(*magnitude, day=2), submit(magnitude[0], by="Bob"))

    assert [badge.text for badge in board_of(found).standings[0].badges] == [
        "reported 6/6",
        "re-scored 6/6",
        "independent 3/6",
    ]


def test_leaders_come_first_by_name_and_the_others_by_their_mean(build, submit, trials_of):
    """C leads with b, which cannot be told from it; of the rest the better one comes first."""
    sides = {
        "magnitude": ((0.50, 0.51, 0.50), (0.50, 0.51, 0.50)),
        "a": ((0.60, 0.61, 0.60), (0.60, 0.61, 0.60)),
        "b": ((0.89, 0.92, 0.90), (0.90, 0.88, 0.93)),
        "c": ((0.90, 0.91, 0.91), (0.91, 0.90, 0.92)),
    }
    board = board_of(
        build(
            submit(*(one for name, pair in sides.items() for one in grid(trials_of, name, *pair)))
        )
    )

    assert board.leaders == ("b", "c")
    assert [one.method for one in board.standings] == ["b", "c", "a", "magnitude"]


def test_methods_that_are_the_same_networks_are_named(build, submit, magnitude, trials_of):
    """Equal digests in every cell and seed make one result of two rows, and it is said."""
    digests = {"weights_digest": "e" * 32}
    twins = [
        one
        for name in ("l1", "l2")
        for one in grid(trials_of, name, (0.9,) * 3, (0.8,) * 3, given=digests)
    ]
    board = board_of(build(submit(*magnitude, *twins)))

    assert board.remarks == (
        "l1 and l2 end with the same networks here, by the digests of their weights: their rows "
        "are one result, and every test counts it so often.",
    )


def test_networks_of_another_protocol_are_named(build, submit, trials_of, suite_of):
    """A method whose networks are the same under two protocols is told on the second board."""
    given = {"given": {"weights_digest": "e" * 32}}
    values = ("magnitude", (0.9,) * 3, (0.8,) * 3)
    every = [
        *grid(trials_of, *values, **given),
        *grid(trials_of, *values, protocol="ticket", **given),
    ]
    suite = suite_of(protocols=("finetune", "ticket"))
    first, second = build(submit(*every), suite=suite).boards

    assert first.remarks == ()
    assert second.remarks == ("Under finetune the networks of magnitude are the same as here.",)


def test_networks_that_give_one_class_are_counted(build, submit, magnitude):
    """They ended well and tell nothing: beside the outcomes it is said how many there are."""
    bundle = submit(*magnitude)
    [first, *_] = (e.row.trial for e in bundle.entries if e.row.target_density == 0.5)
    board = board_of(build(replace(bundle, single=frozenset({first}))))

    told = [cell.outcomes for cell in standing_of(board, "magnitude").cells]

    assert told == ["3 of 3, 1 with one class for all", "3 of 3"]
