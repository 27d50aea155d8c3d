"""Draws by counter."""

import hashlib

import pytest
import torch

from prunebench.core.random import counter_seed, generator

FROZEN = {
    (0, "init"): 3_598_610_026_517_748_695,
    (0, "order", 3): 1_555_077_830_293_145_243,
    (7, "augment", 2, 11): 5_136_712_178_197_986_270,
}


@pytest.mark.parametrize("stream", FROZEN, ids=str)
def test_frozen_seeds(stream):
    """The seeds of the streams never change."""
    message = "other seeds change every number this bench ever printed: do not re-freeze, mend it"

    assert counter_seed(*stream) == FROZEN[stream], message


def test_frozen_draws():
    """A stream gives the same permutation for ever."""
    message = "other draws change every number this bench ever printed: do not re-freeze, mend it"

    drawn = torch.randperm(8, generator=generator(0, "order", 3)).tolist()

    assert drawn == [6, 3, 4, 7, 1, 0, 2, 5], message


def test_seeds_are_the_first_63_bits_of_a_hash():
    """The seed is sha256 of the joined counters, shifted into torch's signed range."""
    digest = hashlib.sha256(b"5:mask:1:2").hexdigest()

    assert counter_seed(5, "mask", 1, 2) == int(digest[:16], 16) // 2


def test_streams_are_independent():
    """Another seed, purpose or counter gives another stream, and counters are not concatenated."""
    streams = [(0, "a"), (1, "a"), (0, "b"), (0, "a", 1), (0, "a", 11), (0, "a", 1, 1), (0, "a", 0)]

    draws = {tuple(torch.rand(4, generator=generator(*stream)).tolist()) for stream in streams}

    assert len(draws) == len(streams)


def test_a_stream_needs_no_history():
    """Drawing from one stream moves no other, nor torch's global one."""
    before = torch.get_rng_state()
    expected = torch.rand(3, generator=generator(1, "order"))

    torch.rand(100, generator=generator(1, "init"))

    assert torch.equal(torch.rand(3, generator=generator(1, "order")), expected)
    assert torch.equal(torch.get_rng_state(), before)
