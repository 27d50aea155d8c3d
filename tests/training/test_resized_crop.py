"""Random-resized crops against a loop over pixels."""

from math import floor

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prunebench.training.augment import augment, draw
from prunebench.training.batches import Batches
from prunebench.training.images import Preprocessing, Split
from prunebench.training.recipe import Recipe
from prunebench.training.resized_crop import Boxes, crop_boxes, draw_boxes

CPU = torch.device("cpu")
FRACTIONS = st.floats(0.05, 1.0)


def boxes(*places, flip=False):
    """Write boxes (top, left, height, width) as what chance decided."""
    columns = torch.tensor(places, dtype=torch.float64).T
    return Boxes(*columns, torch.full((len(places),), flip))


def random_images(*shape):
    """Give uint8 noise."""
    source = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=source)


def bilinear(plane, y, x):
    """Read a picture at a place between its pixels; beyond the border the border goes on."""
    rows, columns = plane.shape
    top, left = floor(y), floor(x)
    down, right = y - top, x - left
    value = 0.0
    for row, vertical in ((top, 1 - down), (top + 1, down)):
        for column, across in ((left, 1 - right), (left + 1, right)):
            inside = plane[min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)]
            value += vertical * across * float(inside)
    return value


@given(
    top=st.floats(0, 1), left=st.floats(0, 1), height=FRACTIONS, width=FRACTIONS, flip=st.booleans()
)
def test_a_box_is_stretched_as_pixel_by_pixel(top, left, height, width, flip):
    """The pixel in row i reads the box at (i + 1/2) of its n-th parts, between pixels linearly."""
    top, left = top * (1 - height), left * (1 - width)
    image = random_images(1, 1, 4, 5)
    [[got]] = crop_boxes(image, boxes((top, left, height, width), flip=flip))
    expected = torch.tensor(
        [
            [
                bilinear(image[0, 0], (top + height * (i + 0.5) / 4) * 4 - 0.5, x)
                for x in ((left + width * (j + 0.5) / 5) * 5 - 0.5 for j in range(5))
            ]
            for i in range(4)
        ]
    )

    seen = got.flip(1) if flip else got
    # Half a unit of rounding, and single precision.
    assert (seen.float() - expected).abs().max() <= 0.51


@pytest.mark.parametrize("shape", [(3, 1, 28, 28), (2, 3, 224, 224), (2, 3, 7, 5)])
def test_the_whole_image_is_itself(shape):
    """A box of everything changes no pixel; mirrored it is the image from right to left."""
    images = random_images(*shape)
    whole = [(0.0, 0.0, 1.0, 1.0)] * shape[0]

    assert torch.equal(crop_boxes(images, boxes(*whole)), images)
    assert torch.equal(crop_boxes(images, boxes(*whole, flip=True)), images.flip(3))


def test_a_quarter_of_a_picture_by_hand():
    """The upper left quarter of 0 100 / 200 40 is its 0 alone; of a row 0 100 the left half."""
    corner = torch.tensor([[[[0, 100], [200, 40]]]], dtype=torch.uint8)
    row = torch.tensor([[[[0, 100]]]], dtype=torch.uint8)

    # Places -1/4 and 1/4: the first lies beyond the border, the second a quarter on the way.
    assert crop_boxes(row, boxes((0.0, 0.0, 1.0, 0.5))).tolist() == [[[[0, 25]]]]
    got = crop_boxes(corner, boxes((0.0, 0.0, 0.5, 0.5))).tolist()
    assert got == [[[[0, 25], [50, round(0.75 * 25 + 0.25 * (200 * 0.75 + 40 * 0.25))]]]]


def test_boxes_are_as_published():
    """Areas lie in [0.08, 1], ratios in [3/4, 4/3]; no box leaves its image; half are mirrored."""
    drawn = draw_boxes(5000, 0, 0, CPU)
    area, ratio = drawn.heights * drawn.widths, drawn.widths / drawn.heights

    assert 0.08 - 1e-9 <= area.min() < 0.09
    assert 0.97 < area.max() <= 1
    assert 3 / 4 - 1e-9 <= ratio.min() < 0.76
    assert 1.32 < ratio.max() <= 4 / 3 + 1e-9
    for start, side in ((drawn.tops, drawn.heights), (drawn.lefts, drawn.widths)):
        assert start.min() >= 0
        assert (start + side).max() <= 1 + 1e-9
    assert drawn.flips.float().mean() == pytest.approx(0.5, abs=0.05)
    # Uniform but for boxes that do not fit, which are large: the mean of [0.08, 1] is 0.54.
    assert 0.48 < area.mean() < 0.54
    assert ratio.log().mean() == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("change", [{"seed": 1}, {"epoch": 1}])
def test_boxes_belong_to_seed_and_epoch(change):
    """Another seed or epoch draws anew; the same ones draw the same."""
    place = {"images": 50, "seed": 0, "epoch": 0, "device": CPU}
    first, again, other = (draw_boxes(**place | more) for more in ({}, {}, change))

    assert torch.equal(first.tops, again.tops)
    assert not torch.equal(first.tops, other.tops)


def test_the_recipe_asks_for_boxes():
    """``resized-crop-flip`` draws boxes, and batches of any step are cut by their own ones."""
    split = Split(random_images(10, 3, 8, 8), torch.arange(10))
    recipe = Recipe(batch=4, augmentation="resized-crop-flip")
    batches = Batches(split, Preprocessing(1.0, (0.0,) * 3, (1.0,) * 3), recipe, seed=3)
    inputs, labels = batches.batch(4)  # the second of the second epoch
    drawn = draw("resized-crop-flip", 10, 3, 1, CPU)

    assert isinstance(drawn, Boxes)
    expected = augment(split.images[labels], drawn.part(4, 8))
    assert torch.equal(inputs, expected.float())
