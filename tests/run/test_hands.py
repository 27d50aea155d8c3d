"""Who carries a run out: numbers of workers, memory, GPUs."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.errors import SpecError
from prunebench.run import hands
from prunebench.run.hands import Asked, Hands, choose_hands, gpu_names, next_gpu, read_size
from prunebench.run.memory import spelled


@pytest.fixture
def roomy(monkeypatch):
    """Give a machine of 8 cores with 1 GiB free of 16, and three GPUs."""
    monkeypatch.setattr(hands, "allowed_cores", lambda: 8)
    monkeypatch.setattr(hands, "allowed_memory", lambda: 16 << 30)
    monkeypatch.setattr(hands, "free_memory", lambda: 1 << 30)
    monkeypatch.setattr(hands, "visible_gpus", lambda: ("0", "1", "2"))
    monkeypatch.setattr(sys, "platform", "linux")


@pytest.mark.parametrize(
    ("asked", "device", "expected"),
    [
        # one per core, as far as 384 MiB each are free: two in 1 GiB
        (Asked(), "cpu", Hands(2)),
        # who asks for workers gets them
        (Asked(workers=8), "cpu", Hands(8)),
        (Asked(workers=0), "cpu", Hands(0)),
        # within 12 * 384 MiB there is room for all cores, within 4 * 384 MiB for four
        (Asked(max_memory="4608M"), "cpu", Hands(8, 4608 << 20)),
        (Asked(max_memory="1536M"), "cpu", Hands(4, 1536 << 20)),
        (Asked(workers=2, max_memory="1536M"), "cpu", Hands(2, 1536 << 20)),
        (Asked(workers=8, max_memory="400M"), "cpu", Hands(1, 400 << 20)),
        # half of what the machine has, not of what is free
        (Asked(max_memory="50%"), "cpu", Hands(8, 8 << 30)),
        (Asked(max_memory="9G"), "cuda", Hands(3, 9 << 30, ("0", "1", "2"))),
        (Asked(stages_per_gpu=4, max_memory="9G"), "cuda", Hands(12, 9 << 30, ("0", "1", "2"))),
        (Asked(workers=5), "cuda", Hands(5, None, ("0", "1", "2"))),
        (Asked(workers=1, graphs=True), "cuda", Hands(1, None, ("0", "1", "2"), graphs=True)),
    ],
)
@pytest.mark.usefixtures("roomy")
def test_workers_are_as_many_as_fit(asked, device, expected):
    """Cores or GPUs say how many workers there are, memory bounds them."""
    assert choose_hands(asked, device) == expected


@pytest.mark.parametrize(
    ("asked", "device", "said"),
    [
        (Asked(stages_per_gpu=2), "cpu", "needs --device cuda"),
        (Asked(graphs=True), "cpu", "--cuda-graphs needs --device cuda"),
        (Asked(stages_per_gpu=2, workers=4), "cuda", "leave one of them out"),
        (Asked(max_memory="8G", workers=0), "cpu", "use --workers 1"),
        (Asked(max_memory="8X"), "cpu", "'8X' is no size; write it like 8G, 500M or 50%"),
        (Asked(max_memory="-1G"), "cpu", "'-1G' is no size"),
        (Asked(max_memory=""), "cpu", "'' is no size"),
        (Asked(max_memory="100M"), "cpu", "is 100 MiB, and one worker takes 384 MiB"),
        (Asked(max_memory="1%"), "cpu", "is 164 MiB, and one worker takes"),
    ],
)
@pytest.mark.usefixtures("roomy")
def test_what_cannot_be_had_is_refused(asked, device, said):
    """One sentence with the option, its value, and what to do."""
    with pytest.raises(SpecError) as caught:
        choose_hands(asked, device)

    assert said in str(caught.value)


@pytest.mark.usefixtures("roomy")
def test_memory_is_not_bounded_where_nothing_says_how_large_a_process_is(monkeypatch):
    """Only Linux does; elsewhere the option is refused and all else works."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SpecError, match="run on Linux"):
        choose_hands(Asked(max_memory="8G"), "cpu")

    assert choose_hands(Asked(workers=3), "cpu") == Hands(3)


def test_percentages_need_a_whole():
    """Where nothing says how much memory there is, a percentage is no size."""
    with pytest.raises(SpecError, match="'50%' is no size"):
        read_size("50%", None)


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("8G", 8 << 30),
        ("8g", 8 << 30),
        ("8 GiB", 8 << 30),
        ("8GB", 8 << 30),
        ("0.5T", 1 << 39),
        ("600000K", 600_000 << 10),
        ("500000000", 500_000_000),
        ("12.5%", 2 << 30),
        ("100%", 16 << 30),
    ],
)
def test_sizes_are_read_as_people_write_them(said, size):
    """Letters of 1024 in either case, bytes, percentages of 16 GiB."""
    assert read_size(said, 16 << 30) == size


@given(st.integers(0, 1 << 50))
def test_a_size_for_people_is_near(size):
    """What is written for people is within a twentieth of the size."""
    number, unit = spelled(size).split()
    power = ("B", "KiB", "MiB", "GiB", "TiB").index(unit)

    assert float(number) * 1024**power == pytest.approx(size, rel=0.05)


@given(st.integers(1, 8), st.integers(1, 4))
def test_stages_are_spread_over_gpus(gpus, per_gpu):
    """Filled one after another, every GPU has the same number of stages, in turns."""
    names = gpu_names(gpus, None)
    taken = []
    for _ in range(gpus * per_gpu):
        taken.append(next_gpu(names, taken))

    assert taken == [*names] * per_gpu


def test_the_gpu_that_became_free_is_next():
    """A worker that ends leaves room on its own GPU."""
    assert next_gpu(("0", "1", "2"), ("0", "2")) == "1"
    assert next_gpu((), ()) is None


def test_gpus_are_named_as_the_variable_names_them():
    """Numbers by default; of a variable's names, as many as there are."""
    assert gpu_names(3, None) == ("0", "1", "2")
    assert gpu_names(2, "5,MIG-1") == ("5", "MIG-1")
    assert gpu_names(0, "") == ()
