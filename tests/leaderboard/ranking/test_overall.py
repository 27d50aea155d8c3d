import pytest

MODELS = ("a", "b", "c", "d", "e")


def everywhere(trials_of, method, values, models=MODELS, density=0.5):
    """Give a method's trials on several pairs."""
    return [trials_of(method, values, density, model=model) for model in models]


@pytest.fixture
def five(suite_of):
    """Give a suite of five pairs with one density and one protocol."""
    return suite_of(models=MODELS, densities=(0.5,))


def test_one_pair_is_too_few(build, submit, trials_of):
    """One pair ranks nothing across pairs; what is left are wins, ties and losses."""
    found = build(
        submit(
            trials_of("magnitude", (0.8, 0.81, 0.82)),
            trials_of("obd", (0.7, 0.7, 0.72)),
        )
    ).overall[0]
    tally = found.tallies["magnitude", "obd"]

    assert (found.refusal, found.pairs, found.p) == ("too few pairs to rank", 1, None)
    assert [(line.method, line.mean_rank) for line in found.lines] == [
        ("magnitude", None),
        ("obd", None),
    ]
    assert (tally.wins, tally.ties, tally.losses, found.cells) == (1, 0, 0, 1)


def test_two_methods_are_too_few(build, submit, trials_of, five):
    """Five pairs with two methods have no mean rank either."""
    rows = [
        *everywhere(trials_of, "magnitude", (0.8, 0.81, 0.82)),
        *everywhere(trials_of, "obd", (0.7, 0.7, 0.72)),
    ]
    found = build(submit(*rows), suite=five).overall[0]

    assert found.refusal == "too few methods with complete coverage to rank"


def test_five_pairs_with_three_methods_are_ranked(build, submit, trials_of, five):
    """Three methods in one order on five pairs: ranks 1, 2, 3.

    Friedman's chi-squared is 12 / (5 * 3 * 4) * (5^2 + 10^2 + 15^2) - 3 * 5 * 4 = 10 with 2
    degrees of freedom, p = exp(-5) = 0.0067. Nemenyi's difference is 2.3437 sqrt(3 * 4 / 30)
    = 1.4823, so only the first and the last are apart.
    """
    rows = [
        *everywhere(trials_of, "magnitude", (0.8, 0.81, 0.82)),
        *everywhere(trials_of, "obd", (0.7, 0.71, 0.72)),
        *everywhere(trials_of, "zero", (0.6, 0.61, 0.62)),
    ]
    found = build(submit(*rows), suite=five).overall[0]

    assert found.refusal == ""
    assert found.p == pytest.approx(0.006737947, abs=1e-9)
    assert found.critical_difference == pytest.approx(1.4823, abs=1e-4)
    assert [(line.method, line.mean_rank, str(line.rank)) for line in found.lines] == [
        ("magnitude", 1, "1–2"),
        ("obd", 2, "1–3"),
        ("zero", 3, "2–3"),
    ]


def test_gaps_keep_a_method_out(build, submit, trials_of, five):
    """The best method that lacks one pair has no mean rank; the others are ranked without it."""
    rows = [
        *everywhere(trials_of, "magnitude", (0.8, 0.81, 0.82)),
        *everywhere(trials_of, "obd", (0.7, 0.71, 0.72)),
        *everywhere(trials_of, "zero", (0.6, 0.61, 0.62)),
        *everywhere(trials_of, "best", (0.9, 0.91, 0.92), MODELS[:4]),
    ]
    found = build(submit(*rows), suite=five).overall[0]
    ranks = {line.method: line.mean_rank for line in found.lines}

    assert ranks == {"magnitude": 1, "obd": 2, "zero": 3, "best": None}
    assert found.lines[-1].method == "best"
    assert (found.lines[-1].covered, found.lines[-1].expected) == (12, 15)


def test_gaps_under_another_protocol_keep_a_method_out(build, submit, trials_of, suite_of):
    """Complete coverage is that of the suite, not of one protocol."""
    suite = suite_of(models=MODELS, densities=(0.5,), protocols=("finetune", "ticket"))
    rows = [
        trials_of(method, (0.8, 0.81, 0.82), model=model, protocol=protocol)
        for method in ("magnitude", "obd", "zero")
        for model in MODELS
        for protocol in ("finetune", "ticket")
        if (method, protocol) != ("zero", "ticket")
    ]
    found = {one.protocol: one for one in build(submit(*rows), suite=suite).overall}

    assert [line.covered for line in found["finetune"].lines] == [30, 30, 15]
    assert found["finetune"].refusal == "too few methods with complete coverage to rank"


def test_method_that_diverged_is_last_on_that_pair(build, submit, trials_of, five):
    """A seed without a number puts a method last on a pair, whatever the others are."""
    rows = [
        *everywhere(trials_of, "magnitude", (0.8, 0.81, 0.82)),
        *everywhere(trials_of, "obd", (0.7, 0.71, 0.72)),
        *everywhere(trials_of, "wild", (0.9, 0.91, 0.92), MODELS[:4]),
        *everywhere(trials_of, "wild", (0.9, 0.91, None), MODELS[4:]),
    ]
    found = build(submit(*rows), suite=five).overall[0]

    assert {line.method: line.mean_rank for line in found.lines} == {
        "wild": pytest.approx((4 * 1 + 3) / 5),
        "magnitude": pytest.approx((4 * 2 + 1) / 5),
        "obd": pytest.approx((4 * 3 + 2) / 5),
    }
