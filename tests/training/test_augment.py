"""Crops and flips against a loop over images."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prunebench.training.augment import Draws, augment, draw

CPU = torch.device("cpu")


def slowly(image, row, column, *, flip):
    """Pad one image with black, cut, mirror."""
    channels, height, width = image.shape
    padded = torch.zeros(channels, height + 8, width + 8, dtype=torch.uint8)
    padded[:, 4 : 4 + height, 4 : 4 + width] = image
    cut = padded[:, row : row + height, column : column + width]
    return torch.tensor([[line.tolist()[::-1] for line in rows] for rows in cut]) if flip else cut


@given(
    places=st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 8), st.booleans()), min_size=1, max_size=5
    ),
    channels=st.sampled_from([1, 3]),
    height=st.integers(1, 6),
    width=st.integers(1, 6),
)
def test_augment_equals_a_loop_over_images(places, channels, height, width):
    """Any crop and flip of any shape is what padding, slicing and reversing give."""
    source = torch.Generator().manual_seed(0)
    shape = (len(places), channels, height, width)
    images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=source)
    rows, columns, flips = map(torch.tensor, zip(*places, strict=True))
    got = augment(images, Draws(rows, columns, flips))
    expected = [slowly(i, r, c, flip=f) for i, (r, c, f) in zip(images, places, strict=True)]

    assert got.dtype == torch.uint8
    assert torch.equal(got, torch.stack([e.to(torch.uint8) for e in expected]))


def test_a_crop_alone_never_mirrors():
    """Without flip nothing is mirrored; every corner from 0 to 8 comes up."""
    draws = draw("crop", 2000, 0, 0, CPU)

    assert not draws.flips.any()
    assert draws.rows.unique().tolist() == draws.columns.unique().tolist() == list(range(9))


def test_a_flip_alone_never_moves():
    """Without crop every image stays in the centre; about half are mirrored."""
    draws = draw("flip", 2000, 0, 0, CPU)

    assert draws.rows.unique().tolist() == draws.columns.unique().tolist() == [4]
    assert draws.flips.float().mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("change", [{"seed": 1}, {"epoch": 1}])
def test_draws_belong_to_seed_and_epoch(change):
    """Another seed or epoch draws anew; the same ones draw the same."""
    place = {"augmentation": "crop-flip", "images": 50, "seed": 0, "epoch": 0, "device": CPU}
    first, again, other = draw(**place), draw(**place), draw(**place | change)

    assert torch.equal(first.rows, again.rows)
    assert not torch.equal(first.rows, other.rows)


def test_rows_and_columns_are_independent():
    """A crop is not always on the diagonal."""
    draws = draw("crop", 100, 0, 0, CPU)

    assert not torch.equal(draws.rows, draws.columns)
