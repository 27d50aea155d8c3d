from prunebench.report.achieved import achieved, kept_cell, missed, missed_phrase, target_cell
from prunebench.report.tables.accuracy import main_table


def entry_of(grid):
    """Give the only line of a grid."""
    (entry,) = grid.entries
    return entry


def test_a_missed_target_says_what_was_kept(make_row, make_grid):
    """43 % kept is never printed as 0.5 alone; the range covers the seeds."""
    rows = [make_row(seed=0, density=0.42), make_row(seed=1, density=0.44)]
    entry = entry_of(make_grid(rows))

    assert str(target_cell(entry)) == "0.5 · 42.0 to 44.0 % kept"
    assert str(kept_cell(entry)) == "43.00"
    assert missed_phrase([entry]) == (
        " Targets are what was asked for; kept instead: magnitude 0.5 (42.0 to 44.0 % kept)."
    )


def test_seeds_that_differ_within_the_target_have_a_range(make_row, make_grid):
    """The target is met, and still not the same network was kept each time."""
    rows = [make_row(seed=0, density=0.495), make_row(seed=1, density=0.505)]
    same = [make_row(seed=0, density=0.50001), make_row(seed=1, density=0.50002)]

    assert str(kept_cell(entry_of(make_grid(rows)))) == "50.00 · 49.5–50.5"
    assert str(kept_cell(entry_of(make_grid(same)))) == "50.00"


def test_one_seed_off_is_enough(make_row, make_grid):
    """Seeds of 40 and 60 % have a mean of 50 %, and none of them met the target."""
    rows = [make_row(seed=0, density=0.4), make_row(seed=1, density=0.6)]

    assert missed(entry_of(make_grid(rows)))


def test_rounding_to_whole_units_is_no_miss(make_row, make_grid):
    """A fiftieth of the target is let pass, also of small targets, where half a point is not."""
    near = entry_of(make_grid([make_row(density=0.495)]))
    far = entry_of(make_grid([make_row(target="0.02", density=0.025)]))

    assert str(target_cell(near)) == "0.5"
    assert missed_phrase([near]) == ""
    assert str(target_cell(far)) == "0.02 · 2.5 % kept"


def test_an_automatic_size_stands_beside_its_label(make_row, make_grid):
    """Nothing was asked for, so nothing is missed, and the size is said."""
    row = make_row(target="automatic", target_density=None, density=0.37)
    entry = entry_of(make_grid([row]))

    assert str(target_cell(entry)) == "automatic · 37.0 % kept"
    assert not missed(entry)


def test_a_target_is_compared_with_what_it_counts(make_row, make_grid):
    """Half of the multiply-adds is met where a third of the weights is left; units are unknown."""
    macs = {"target_of": "macs", "target": "0.5 of macs", "target_density": 0.5}
    good = make_row(density=0.3, macs_dense=1000, macs_sparse=500, **macs)
    bad = make_row(density=0.5, macs_dense=1000, macs_sparse=700, **macs)

    assert str(target_cell(entry_of(make_grid([good])))) == "0.5 of macs"
    assert str(target_cell(entry_of(make_grid([bad])))) == ("0.5 of macs · 70.0 % of macs kept")
    assert achieved(make_row(target_of="units", density=0.1)) is None
    assert achieved(make_row(target_of="macs")) is None


def test_a_size_that_was_not_measured_is_no_miss(make_row, make_grid):
    """A failed trial has no density; its line is still there."""
    entry = entry_of(make_grid([make_row(status="failed", density=None)]))

    assert str(target_cell(entry)) == "0.5"
    assert str(kept_cell(entry)) == "–"


def test_the_caption_explains_the_mark_where_there_is_one(make_row, make_grid):
    """Tables whose targets were met say nothing of missing."""
    met, off = (main_table(make_grid([make_row(density=d)])).caption for d in (0.5, 0.43))

    assert "stands beside" not in met
    assert "Where a seed kept more than 2 % more or less than its target says" in off
