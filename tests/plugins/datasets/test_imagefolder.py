"""Decoding folders of images."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from prunebench.errors import DataError, SpecError
from prunebench_plugins.datasets.imagefolder import ImageFolder, prunebench_datasets

PIXELS = torch.arange(5 * 4 * 6 * 3).reshape(5, 4, 6, 3).permute(0, 3, 1, 2) % 256
"""What the five photos hold, in the order in which they were written."""


def png(width, height):
    """Write a PNG header that promises a size, with next to no pixels behind it."""
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0),
        b"IDAT": zlib.compress(b"\0"),
        b"IEND": b"",
    }
    parts = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks.items()
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_hook_gives_the_data_set():
    """The module registers one data set."""
    assert prunebench_datasets() == [ImageFolder]


def test_loads_the_written_pixels(photos):
    """Lossless images come back to the byte, sorted by name, with classes sorted by name."""
    images = ImageFolder(path="photos").load(photos.parent)

    assert torch.equal(images.train.images.long(), PIXELS[:3])
    assert images.train.images.dtype == torch.uint8
    assert images.train.labels.tolist() == [0, 0, 1]
    assert images.train.labels.dtype == torch.int64
    assert torch.equal(images.test.images.long(), PIXELS[3:])
    assert images.test.labels.tolist() == [0, 1]
    assert images.validation is None


def test_fewer_images_are_the_first_of_every_class_in_turn(photos):
    """One of each class before a second of any; labels, identity and coordinates follow."""
    whole, part = ImageFolder(path="photos"), ImageFolder(path="photos", train=2, test=1)
    images = part.load(photos.parent)
    info = part.info(photos.parent)

    assert torch.equal(images.train.images.long(), PIXELS[[0, 2]])
    assert images.train.labels.tolist() == [0, 1]
    assert torch.equal(images.test.images.long(), PIXELS[[3]])
    assert (info.classes, info.train, info.test) == (2, 2, 1)
    assert info.identity == f"{whole.info(photos.parent).identity},train:2,test:1"
    assert part.coordinates() == whole.coordinates() | {"train": 2, "test": 1}


@pytest.mark.parametrize(
    ("settings", "error", "sentence"),
    [
        ({"train": -1}, SpecError, r"^imagefolder\[train\] must be at least 0, got -1"),
        ({"train": 4}, DataError, r"^imagefolder\[train=4\] asks for more images than the 3 in "),
        ({"test": 3}, DataError, r"^imagefolder\[test=3\] asks for more images than the 2 in "),
    ],
)
def test_images_that_are_not_there_cannot_be_asked_for(photos, settings, error, sentence):
    """A smaller number would silently be another data set."""
    with pytest.raises(error, match=sentence):
        ImageFolder(path="photos", **settings).info(photos.parent)


def test_path_is_needed_and_must_be_a_folder(tmp_path):
    """Without a path, or with one that leads nowhere, the sentence says which path to give."""
    (tmp_path / "file").touch()

    with pytest.raises(DataError, match=r"^imagefolder needs a path, such as imagefolder\[path="):
        ImageFolder().info(tmp_path)
    for path, fault in (("absent", "does not exist"), ("file", "is not a folder")):
        with pytest.raises(DataError) as caught:
            ImageFolder(path=path).info(tmp_path)
        assert str(caught.value).startswith(f"{tmp_path / path} {fault}; give imagefolder[path=")


def test_info_agrees_with_the_images(photos):
    """Counts, shape and classes that planning relies on are those of the loaded tensors."""
    info = ImageFolder(path="photos").info(photos.parent)

    assert info.shape == (3, 4, 6)
    assert (info.classes, info.train, info.validation, info.test) == (2, 3, 0, 2)


def test_tar_gives_the_same(photos, tmp_path, pack):
    """A tar of the folder is the same data set: identity and tensors."""
    files = sorted(photos.rglob("*.png"))
    pack(tmp_path / "tars" / "all.tar", photos, files)
    loose, packed = ImageFolder(path="photos"), ImageFolder(path="tars")

    assert packed.info(tmp_path) == loose.info(tmp_path)
    for split in ("train", "test"):
        ours, theirs = getattr(packed.load(tmp_path), split), getattr(loose.load(tmp_path), split)
        assert torch.equal(ours.images, theirs.images)
        assert torch.equal(ours.labels, theirs.labels)


def test_path_may_be_absolute(photos):
    """An absolute path stands alone."""
    there = ImageFolder(path=str(photos))

    assert there.info(Path("elsewhere")) == ImageFolder(path="photos").info(photos.parent)


def test_identity_follows_what_changes_pixels(photos):
    """Size and grey change the tensors, so they change the identity."""
    variants = [
        ImageFolder(path="photos", size=size, grey=grey) for size in (0, 4) for grey in (0, 1)
    ]

    assert len({variant.info(photos.parent).identity for variant in variants}) == 4


def test_coordinates_leave_the_place_out():
    """Two people with the images in different places ask for the same trial."""
    assert ImageFolder(path="a").coordinates() == ImageFolder(path="b").coordinates()
    assert ImageFolder(size=8).coordinates() == {
        "size": 8,
        "grey": False,
        "mean": (0.4914, 0.4822, 0.4465),
        "std": (0.2470, 0.2435, 0.2616),
    }


def test_grey_is_luminance(photos):
    """Grey pixels are 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), to the rounding."""
    grey = ImageFolder(path="photos", grey=True)
    weights = torch.tensor([0.299, 0.587, 0.114]).reshape(3, 1, 1)

    images = grey.load(photos.parent).train.images

    expected = (PIXELS[:3] * weights).sum(dim=1, keepdim=True)
    assert grey.info(photos.parent).shape == (1, 4, 6)
    assert float((images - expected).abs().max()) <= 0.51


def test_grey_preprocessing_is_the_average(photos):
    """One channel takes the average of three means and of three deviations."""
    grey = ImageFolder(path="photos", grey=True, mean=(0.1, 0.2, 0.6), std=(0.1, 0.2, 0.3))

    used = grey.info(photos.parent).preprocessing

    assert used.mean == pytest.approx((0.3,))
    assert used.std == pytest.approx((0.2,))


def test_grey_files_become_colour(photos, write_image):
    """A grey file among colour ones gets three equal channels (as 897 of Tiny-ImageNet's)."""
    pixels = np.arange(24).reshape(4, 6)
    write_image(photos / "train" / "cat" / "a.png", pixels)

    image = ImageFolder(path="photos").load(photos.parent).train.images[0]

    assert [channel.tolist() for channel in image] == [pixels.tolist()] * 3


def test_size_cuts_the_centre(photos):
    """With the shorter side already right, the centre square remains untouched."""
    images = ImageFolder(path="photos", size=4).load(photos.parent)

    assert torch.equal(images.train.images.long(), PIXELS[:3, :, :, 1:5])


def test_size_averages_when_it_shrinks(photos, write_image):
    """A constant image stays constant at any size, and the shape is as asked for."""
    for file in photos.rglob("*.png"):
        write_image(file, np.full((9, 13, 3), 77))
    small = ImageFolder(path="photos", size=3)

    images = small.load(photos.parent)

    assert small.info(photos.parent).shape == (3, 3, 3)
    assert images.train.images.shape == (3, 3, 3, 3)
    assert images.train.images.unique().tolist() == [77]


def test_unequal_sizes_are_named(photos, write_image):
    """Without a size one odd image is an error that says which and what to do."""
    write_image(photos / "train" / "dog" / "a.png", np.zeros((5, 5, 3)))

    with pytest.raises(DataError, match=r"train/dog/a\.png .* \(3, 5, 5\) .* size=4"):
        ImageFolder(path="photos").load(photos.parent)


@pytest.mark.parametrize(
    "content",
    [b"", b"no image", png(6, 4)],
    ids=["empty", "text", "truncated"],
)
def test_damaged_image_is_named(photos, content):
    """Damaged files are errors that name the image."""
    (photos / "test" / "dog" / "c.png").write_bytes(content)

    with pytest.raises(DataError, match=r"image test/dog/c\.png in .* cannot be used"):
        ImageFolder(path="photos").load(photos.parent)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("side", [10_000, 20_000])
def test_absurd_size_is_refused(photos, side):
    """Images that would fill the memory are errors, whatever the person's warning filters say."""
    (photos / "test" / "dog" / "c.png").write_bytes(png(side, side))

    with pytest.raises(DataError, match=r"c\.png .* exceeds limit"):
        ImageFolder(path="photos").load(photos.parent)


def test_other_formats_are_not_decoded(photos):
    """A file is judged by its content: a GIF called .png is no image here."""
    Image.new("RGB", (6, 4)).save(photos / "test" / "dog" / "c.png", format="GIF")

    with pytest.raises(DataError, match=r"test/dog/c\.png"):
        ImageFolder(path="photos").load(photos.parent)


def test_deep_pixels_are_refused(photos):
    """16-bit pixels would be clipped to white without a word."""
    deep = Image.fromarray(np.full((4, 6), 40_000, np.uint16))
    deep.save(photos / "test" / "dog" / "c.png")

    with pytest.raises(DataError, match="not 8 bits a channel"):
        ImageFolder(path="photos").load(photos.parent)


def test_settings_are_checked():
    """A negative size and a deviation of 0 are refused with the value."""
    with pytest.raises(SpecError, match="at least 0, got -1"):
        ImageFolder(size=-1)
    with pytest.raises(SpecError, match=r"greater than 0 .* got \(1\.0, 0\.0, 1\.0\)"):
        ImageFolder(std=(1.0, 0.0, 1.0))


@pytest.mark.data
def test_real_cifar10_jpegs(data_dir):
    """Counts and pixel statistics of the JPEG copy of CIFAR-10 are those it was published with."""
    folder = ImageFolder(path="CIFAR10-jpeg-q75")
    skip_without(data_dir / folder.path)
    info, images = folder.info(data_dir), folder.load(data_dir)
    pixels = images.train.images.float() / 255

    assert (info.shape, info.classes, info.train, info.test) == ((3, 32, 32), 10, 50_000, 10_000)
    assert images.train.labels.bincount().tolist() == [5000] * 10
    assert images.test.labels.bincount().tolist() == [1000] * 10
    assert pixels.mean((0, 2, 3)).tolist() == pytest.approx((0.4913, 0.4821, 0.4465), abs=1e-4)
    assert pixels.std((0, 2, 3)).tolist() == pytest.approx((0.2452, 0.2428, 0.2606), abs=1e-4)


@pytest.mark.data
def test_real_tiny_imagenet(data_dir):
    """Twenty classes of Tiny-ImageNet: the official validation images are the test split."""
    folder = ImageFolder(path="TinyImageNet-20classes")
    skip_without(data_dir / folder.path)

    images = folder.load(data_dir)

    assert images.train.images.shape == (10_000, 3, 64, 64)
    assert images.train.labels.bincount().tolist() == [500] * 20
    assert images.test.labels.bincount().tolist() == [50] * 20


def skip_without(folder):
    """Skip where that part of the real data is absent."""
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
