"""CIFAR-10, in the files that torchvision uses."""

from pathlib import Path

from prunebench.api import Dataset, DatasetInfo, Images, Json, hookimpl, setting, torchvision
from prunebench_plugins.datasets import _cifar

ARCHIVE_MD5 = "c58f30108f718f92721af3b95e74349a"
"""Official MD5 of ``cifar-10-python.tar.gz``."""


class Cifar10(Dataset):
    """60 000 colour photographs of 32x32 pixels in 10 classes."""

    name = "cifar10"
    paper = "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images"
    model = "resnet20"
    recipe = "liu2019-cifar"

    train: int = setting(0, "use only the first training images, this many; 0 for all 50 000")

    def info(self, data_dir: Path) -> DatasetInfo:  # noqa: ARG002 - the official files or none
        """Describe the official release; nothing is read."""
        return _cifar.describe(self.name, 10, ARCHIVE_MD5, self.train)

    def load(self, data_dir: Path) -> Images:
        """Read the verified batches, or the archive where only that is there."""
        return _cifar.load(self.name, torchvision().datasets.CIFAR10, data_dir, self.train)

    def coordinates(self) -> dict[str, Json]:
        """Give `train` where it leaves images out."""
        return _cifar.part(self.train)

    def fetch(self, data_dir: Path) -> None:
        """Download the archive from its official address unless it or its content is there."""
        _cifar.fetch(self.name, torchvision().datasets.CIFAR10, data_dir)


@hookimpl
def prunebench_datasets() -> list[type[Dataset]]:
    return [Cifar10]
