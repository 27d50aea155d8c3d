"""Limits: what a run does not show is said from what it ran, and only that."""

from dataclasses import replace

import pytest

from prunebench.report.reading.limits import limits

TRAINING = {"validation": "fixed", "selection": "loss", "augmentation": "none"}


def told(**training):
    """Give the settings of a trial whose training is this."""
    return {"training": TRAINING | training}


@pytest.fixture
def say(record):
    """Give the limits of rows as one text, with keys of the experiment changed."""

    def text(rows, **experiment):
        return "\n".join(limits(replace(record, experiment=experiment), rows))

    return text


def test_problems_sizes_and_seeds_are_named(say, make_row):
    """Two sizes, 50 % and 20 % kept: 8-fold and more lies outside, and so does nothing below."""
    rows = [make_row(target=t, seed=seed) for t in ("0.5", "0.2") for seed in (0, 1)]
    found = say(rows)

    assert "1 pair of data set and model (mlp on digits)" in found
    assert "Sizes tried: 0.5 and 0.2, which kept 50 % to 20 % of the prunable weights" in found
    assert "of the usual compressions 8×, 16× and 32× lie outside" in found
    assert "There are 2 seeds (0 and 1), fewer than the 5" in found


def test_five_seeds_and_the_whole_range_leave_less_to_say(say, make_row):
    """From 2-fold to 32-fold nothing usual is missing; five seeds are not few."""
    rows = [make_row(target=t, seed=s) for t in ("0.5", "0.03125") for s in range(5)]
    found = say(rows)

    assert "usual compressions" not in found
    assert "Sizes tried: 0.5, which kept 50 % of the prunable weights" in say(rows[:5])
    assert "There are 5 seeds (0, 1, 2, 3 and 4); intervals" in found


def test_one_seed_allows_no_difference(say, make_row):
    """Neither deviation nor test exists, and the text says so."""
    assert "There is one seed, so no deviation, no interval and no test" in say([make_row()])


def test_a_smaller_tier_is_said_first_and_the_papers_own_is_not(record, make_row):
    """t1 can neither confirm nor refute; t2 is the paper's setting."""
    asked = {"tier": "t1", "benchmark": "liu2019-table11", "source": "Liu et al. 2019"}
    first, *_ = limits(replace(record, experiment=asked), [make_row()])
    whole = limits(replace(record, experiment=asked | {"tier": "t2"}), [make_row()])

    assert first.startswith("This is the tier t1 of liu2019-table11, which is smaller than")
    assert "Liu et al. 2019" in first
    assert not any("tier" in sentence for sentence in whole)


def test_copies_are_not_the_published_data(say, make_row):
    """A folder of JPEG files stands for CIFAR-10 and is not it; other data sets say nothing."""
    label = "imagefolder[path=CIFAR10-jpeg-q75]"
    meant = {"dataset": "CIFAR-10", "model": "VGG-16"}
    part = {"dataset": [label], "model": ["vgg16"], "stands_for": meant}
    found = say([make_row(dataset=label)], parts=[part])
    plain = say([make_row(dataset="imagefolder[path=mine]")])

    assert f"{label} is a lossy JPEG copy, so accuracies are not comparable with published" in found
    assert "published ones of CIFAR-10." in found
    assert f"In the published tables vgg16 on {label} stands for VGG-16 on CIFAR-10." in found
    assert "read from image files, which may be lossy copies" in plain
    assert "copies" not in say([make_row()])


def test_what_a_seed_decides_follows_the_settings(say, make_row):
    """Held-out images and augmentation vary only where there are any; given weights do not."""
    fixed = say([make_row(settings=told())])
    varied = say([make_row(settings=told(validation=500, augmentation="crop-flip"))])
    loaded = say([make_row(settings=told())], weights="dense.safetensors")

    assert "A seed decides the initial weights, the order of the images and what methods" in fixed
    assert "the test images and the training images are the same for all" in fixed
    assert "the augmentation, the validation images and what methods" in varied
    assert "; the test images are the same for all" in varied
    assert "A seed decides the order of the images and" in loaded
    assert "; the dense weights, the test images and the training images are the same" in loaded


def test_the_selection_rule_is_said(say, make_row):
    """Without validation nothing was selected; with it the rule and its images are named."""
    none = say([make_row(settings=told(validation=0))])
    held = say([make_row(settings=told(validation=500, selection="accuracy"))])

    assert "no validation images were held out, so nothing was selected on any data" in none
    assert "best validation accuracy on 500 images held out of the training data" in held
    assert "No test image chose anything." in held


def test_searched_settings_are_told_from_the_others(say, make_row):
    """A tuned penalty and a swept rate are named; without them nothing was searched for."""
    row = make_row(method="sss", tuned_setting="gamma", tuned_value=0.1)
    both = say([row], finetune_lrs=[0.1, 0.01])

    assert "Searched for in this run: sss's gamma and the rate of the fine-tuning" in both
    assert "No setting was searched for" in say([make_row()])


def test_masks_save_nothing_and_controls_are_not_counted(say, make_row):
    """Two of a method's own networks, one of them masked; the control does not count."""
    rows = [
        make_row(realised=False),
        make_row(realised=True, seed=1),
        make_row(realised=False, method="random-mask like magnitude", control_of="magnitude"),
    ]
    timed = [make_row(realised=True, latency={"device": "cpu"})]

    assert "1 of 2 pruned networks is masked only" in say(rows)
    assert "No latency was measured." in say(rows)
    assert "multiply-adds" not in say(timed)


def test_masks_that_were_timed_are_counted_and_others_explained(say, make_row):
    """How many ran without their zeros; why the others did not, once for each reason."""
    real = make_row(realised=False, latency={"backend": "csr"})
    other = make_row(realised=False, seed=1, latency={"untimed": "so"})
    again = make_row(realised=False, seed=2, latency={"untimed": "so"})

    assert (
        "3 of 3 pruned networks are masked only, which saves nothing when they run with dense "
        "kernels (timed without their zeros, too: 1). Masks that were not timed: so."
    ) in say([real, other, again])
    assert "No latency was measured. Masks that were not timed: so." in say([other])


def test_the_machine_is_named_with_what_else_measured(record, make_row):
    """Processor, device and torch; rows of another environment are counted by environment."""
    facts = {"id": "abc", "processor": "P9", "device": "cpu", "libraries": {"torch": "2.13"}}
    rows = [make_row(environment="abc", seconds=1.0), make_row(environment="x", seed=1)]
    found = limits(replace(record, environment=facts), rows)[-1]

    assert found.startswith(
        "Run on P9, device cpu, torch 2.13, and 1 other environment measured some rows. Times are"
    )


def test_a_run_that_failed_entirely_has_true_limits(say, make_row, record):
    """No number at all: no size is known, and no machine time is claimed; no rows, no limits."""
    found = say([make_row(status="failed", density=None, test_accuracy_last=None)])

    assert "No pruned network was measured, so nothing is known of any size." in found
    assert "Nothing was timed" in found
    assert limits(record, []) == ()
