"""MNIST, in the files and the folder that torchvision uses."""

from pathlib import Path

from prunebench.api import (
    Dataset,
    DatasetInfo,
    Images,
    Json,
    Preprocessing,
    hookimpl,
    setting,
    torchvision,
)
from prunebench_plugins.datasets._download import download
from prunebench_plugins.datasets._idx import IdxFile, IdxFiles, training_images

FILES = IdxFiles(
    "mnist",
    "MNIST/raw",
    train_images=IdxFile(
        "train-images-idx3-ubyte",
        packed="f68b3c2dcbeaaa9fbdd348bbdeb94873",
        unpacked="6bbc9ace898e44ae57da46a324031adb",
    ),
    train_labels=IdxFile(
        "train-labels-idx1-ubyte",
        packed="d53e105ee54ea40749a09fcbcd1e9432",
        unpacked="a25bea736e30d166cdddb491f175f624",
    ),
    test_images=IdxFile(
        "t10k-images-idx3-ubyte",
        packed="9fb629c4189551a2d022fa330f9573f3",
        unpacked="2646ac647ad5339dbf082846283269ea",
    ),
    test_labels=IdxFile(
        "t10k-labels-idx1-ubyte",
        packed="ec29112dd5afa0611ce80d1b7f02629c",
        unpacked="27ae3e4e09519cfbb04c329615203637",
    ),
)
"""Official MD5 sums."""


class Mnist(Dataset):
    """70 000 grey handwritten digits of 28x28 pixels."""

    name = "mnist"
    paper = "LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition"
    model = "lenet300100"
    recipe = "mnist"

    train: int = setting(0, "use only the first training images, this many; 0 for all 60 000")

    def info(self, data_dir: Path) -> DatasetInfo:  # noqa: ARG002 - the official files or none
        """Describe the official files; nothing is read."""
        return DatasetInfo(
            shape=(1, 28, 28),
            classes=10,
            train=training_images(self.name, self.train, 60_000),
            validation=0,
            test=10_000,
            identity=FILES.identity + (f",train:{self.train}" if self.coordinates() else ""),
            preprocessing=Preprocessing(255, (0.1307,), (0.3081,)),
        )

    def load(self, data_dir: Path) -> Images:
        """Read ``MNIST/raw``, packed or unpacked, after verifying every file."""
        return FILES.load(data_dir, self.train)

    def coordinates(self) -> dict[str, Json]:
        """Give `train` where it leaves images out; all 60 000 are the data set, however asked."""
        return {"train": self.train} if 0 < self.train < 60_000 else {}

    def fetch(self, data_dir: Path) -> None:
        """Download the four files from torchvision's mirrors unless they are there."""
        if not FILES.are_in(data_dir):
            download(
                FILES.wanted(data_dir),
                data_dir,
                lambda folder: torchvision().datasets.MNIST(folder, download=True),
            )


@hookimpl
def prunebench_datasets() -> list[type[Dataset]]:
    return [Mnist]
