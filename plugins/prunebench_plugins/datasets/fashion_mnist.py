"""Fashion-MNIST, in the files and the folder that torchvision uses."""

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
    "fashion-mnist",
    "FashionMNIST/raw",
    train_images=IdxFile(
        "train-images-idx3-ubyte",
        packed="8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        unpacked="f4a8712d7a061bf5bd6d2ca38dc4d50a",
    ),
    train_labels=IdxFile(
        "train-labels-idx1-ubyte",
        packed="25c81989df183df01b3e8a0aad5dffbe",
        unpacked="9018921c3c673c538a1fc5bad174d6f9",
    ),
    test_images=IdxFile(
        "t10k-images-idx3-ubyte",
        packed="bef4ecab320f06d8554ea6380940ec79",
        unpacked="8181f5470baa50b63fa0f6fddb340f0a",
    ),
    test_labels=IdxFile(
        "t10k-labels-idx1-ubyte",
        packed="bb300cfdad3c16e7a12a480ee83cd310",
        unpacked="15d484375f8d13e6eb1aabb0c3f46965",
    ),
)
"""Official MD5 sums."""


class FashionMnist(Dataset):
    """70 000 grey pictures of clothes in 10 classes, 28x28 pixels."""

    name = "fashion-mnist"
    paper = "Xiao et al. 2017, Fashion-MNIST, arXiv:1708.07747"
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
            preprocessing=Preprocessing(255, (0.2860,), (0.3530,)),
        )

    def load(self, data_dir: Path) -> Images:
        """Read ``FashionMNIST/raw``, packed or unpacked, after verifying every file."""
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
                lambda folder: torchvision().datasets.FashionMNIST(folder, download=True),
            )


@hookimpl
def prunebench_datasets() -> list[type[Dataset]]:
    return [FashionMnist]
