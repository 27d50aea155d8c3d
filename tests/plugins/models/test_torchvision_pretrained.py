"""The weights that torchvision offers: which, for whom, and what becomes of a failed download."""

from hashlib import sha256
from urllib.error import URLError

import pytest
import torch

from prunebench.api import torchvision
from prunebench.errors import DataError, IncompatibleError
from prunebench_plugins.models.torchvision import MobilenetV2, prunebench_models

SHAPE = (3, 32, 32)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Give torch an empty cache, and no network."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def unreachable(url, *_, **__):
        msg = "no route to host"
        raise URLError(msg)

    monkeypatch.setattr("torch.hub.download_url_to_file", unreachable)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def network():
    """Build the network that the weights are for."""
    return MobilenetV2().build(SHAPE, 1000)


def file_name():
    """Name the file under which torch keeps MobileNetV2's weights."""
    offered = torchvision().models.get_model_weights("mobilenet_v2")[MobilenetV2.published]
    return offered.url.rpartition("/")[2]


@pytest.mark.parametrize("family", prunebench_models())
def test_the_published_weights_are_torchvisions_best(family):
    """Every model names weights that are there, its publisher's default, with the same tensors."""
    offered = torchvision().models.get_model_weights(family.function)

    assert offered[family.published] is offered.DEFAULT
    assert len(offered.DEFAULT.meta["categories"]) == 1000
    with torch.device("meta"):
        network = family().build((3, 224, 224), 1000)
    params = sum(p.numel() for p in network.parameters())
    assert params == offered.DEFAULT.meta["num_params"]


def test_weights_in_torchs_cache_are_given(cache, network):
    """What was downloaded before is read, as tensors alone, and fits the network."""
    state = {name: torch.full_like(t, 2) for name, t in network.state_dict().items()}
    torch.save(state, cache / file_name())
    given = MobilenetV2().pretrained(network)

    MobilenetV2().build(SHAPE, 1000).load_state_dict(dict(given))
    assert all(bool((tensor == 2).all()) for tensor in given.values())


def test_without_network_one_sentence_says_so(cache, network):
    """A failed download is an error of data, and names the address."""
    with pytest.raises(DataError, match="no route to host") as caught:
        MobilenetV2().pretrained(network)

    assert "https://download.pytorch.org/models/mobilenet_v2" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_damaged_download_is_refused(cache, network, monkeypatch):
    """The hash in the file's name is compared with what came."""
    asked = []

    def damaged(url, path, prefix, **_):
        asked.append(prefix)
        if not sha256(b"rubbish").hexdigest().startswith(prefix):
            msg = f'invalid hash value (expected "{prefix}")'
            raise RuntimeError(msg)

    monkeypatch.setattr("torch.hub.download_url_to_file", damaged)

    with pytest.raises(DataError, match="invalid hash value"):
        MobilenetV2().pretrained(network)
    assert asked == [file_name().removesuffix(".pth").rpartition("-")[2]]


def test_code_in_a_cached_file_is_not_run(cache, network):
    """A pickle that holds more than tensors is refused."""
    torch.save({"weights": print}, cache / file_name())

    with pytest.raises(DataError, match="published weights of mobilenet_v2"):
        MobilenetV2().pretrained(network)


def test_other_classes_have_no_published_weights(cache):
    """A network for other classes than ImageNet's is told apart before any download."""
    with pytest.raises(IncompatibleError, match="are for 1000 classes, and the data set has 10"):
        MobilenetV2().pretrained(MobilenetV2().build(SHAPE, 10))
