def front_of(found, cost):
    """Give a front of the only board."""
    return next(one for one in found.boards[0].fronts if one.cost == cost)


def two_methods(trials_of, last=(0.75, 0.76, 0.77)):
    """Give magnitude at 2x and 4x, and obd, worse at equal size."""
    return [
        trials_of("magnitude", (0.90, 0.91, 0.92), 0.5),
        trials_of("magnitude", (0.80, 0.81, 0.82), 0.25),
        trials_of("obd", (0.85, 0.86, 0.87), 0.5),
        trials_of("obd", last, 0.25),
    ]


def test_front_of_multiply_adds(build, submit, trials_of):
    """Magnitude and the dense network are on the front; obd costs as much and is worse."""
    found = front_of(build(submit(*two_methods(trials_of))), "macs")

    assert [(p.method, p.ratio, p.cost, p.on_front, p.frequency) for p in found.points] == [
        ("magnitude", "4x", 250, True, 1.0),
        ("obd", "4x", 250, False, 0.0),
        ("magnitude", "2x", 500, True, 1.0),
        ("obd", "2x", 500, False, 0.0),
        ("dense", "1x", 1000, True, 1.0),
    ]


def test_three_seeds_call_nothing_dominated(build, submit, trials_of):
    """Fewer than five seeds cannot carry a claim at the 5 % level."""
    found = front_of(build(submit(*two_methods(trials_of))), "macs")

    assert [point.dominated for point in found.points] == [False] * 5


def test_every_cost_has_its_front(build, submit, trials_of):
    """Accuracy stands against multiply-adds, parameters and the cost of all training."""
    found = build(submit(*two_methods(trials_of))).boards[0].fronts
    costs = {front.cost: [point.cost for point in front.points] for front in found}

    assert costs == {
        "macs": [250, 250, 500, 500, 1000],
        "params": [25, 25, 50, 50, 100],
        "training": [3000, 5000, 5000, 5000, 5000],
    }


def test_points_that_lack_a_seed_are_left_out(build, submit, trials_of):
    """A diverged seed takes its point out of the resampling, which is said."""
    found = front_of(build(submit(*two_methods(trials_of, (0.75, 0.76, None)))), "macs")

    assert found.left_out == ("obd at 4x",)
    assert len(found.points) == 4
