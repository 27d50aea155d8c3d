"""Evaluation against a loop over images."""

from math import exp, log

import pytest
import torch
from torch import nn

from prunebench.training.evaluate import evaluate, in_eval_mode
from prunebench.training.images import Preprocessing, Split

GREY = Preprocessing(255.0, (0.5,), (0.25,))


def slowly(network, split):
    """Give (mean loss, accuracy, predictions, confidence) with Python's own arithmetic."""
    losses, predictions, confidence = [], [], []
    for image, label in zip(split.images, split.labels.tolist(), strict=True):
        outputs = network((image.float()[None] / 255 - 0.5) / 0.25)[0].tolist()
        total = sum(exp(output) for output in outputs)
        losses.append(log(total) - outputs[label])
        predictions.append(outputs.index(max(outputs)))
        confidence.append(exp(max(outputs)) / total)
    hits = sum(p == label for p, label in zip(predictions, split.labels.tolist(), strict=True))
    return sum(losses) / len(losses), hits / len(losses), predictions, confidence


@pytest.mark.parametrize("batch", [1000, 40, 7])
def test_evaluation_equals_a_loop_over_images(small_network, small_split, batch):
    """Loss, accuracy, predictions and confidence do not depend on the batch."""
    network, split = small_network().eval(), small_split()
    got = evaluate(network, split, GREY, batch=batch)
    loss, accuracy, predictions, confidence = slowly(network, split)

    assert got.loss == pytest.approx(loss, rel=1e-5)
    assert got.accuracy == accuracy
    assert got.top5 is None
    assert got.predictions.tolist() == predictions
    assert got.predictions.dtype == torch.int16
    torch.testing.assert_close(got.confidence, torch.tensor(confidence))


class Fixed(nn.Module):
    """A network whose outputs are its parameter, whatever it sees."""

    def __init__(self, outputs):
        super().__init__()
        self.outputs = nn.Parameter(outputs)

    def forward(self, inputs):
        """Give the first outputs, one row per image."""
        return self.outputs[: len(inputs)]


def blank(labels):
    """Give black images with these labels."""
    return Split(torch.zeros(len(labels), 1, 1, 1, dtype=torch.uint8), torch.tensor(labels))


def test_top5_of_a_hundred_classes():
    """Outputs rise with the class: 95 to 99 are the five largest, only 99 is the prediction."""
    network = Fixed(torch.arange(100.0).repeat(4, 1))
    got = evaluate(network, blank([99, 95, 94, 0]), GREY)

    assert got.accuracy == 0.25
    assert got.top5 == 0.5


def test_loss_is_the_mean_over_images_not_over_batches():
    """The last, smaller batch counts by its images."""
    network = Fixed(torch.zeros(3, 2))
    with torch.no_grad():
        network.outputs[0, 0] = 10.0
    got = evaluate(network, blank([1, 0, 0]), GREY, batch=2)
    expected = (log(1 + exp(10.0)) + log(2.0) + log(1 + exp(-10.0))) / 3

    assert got.loss == pytest.approx(expected, rel=1e-6)


def test_a_broken_network_is_no_error():
    """NaN outputs give a NaN loss."""
    got = evaluate(Fixed(torch.full((2, 3), float("nan"))), blank([0, 1]), GREY)

    assert got.loss != got.loss


def test_the_network_is_left_as_it_was(small_network, small_split):
    """Batch norm statistics, gradients and every module's own mode stay."""
    network = small_network().train()
    network[1].eval()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    evaluate(network, small_split(), GREY)

    assert [network.training, network[0].training, network[1].training] == [True, True, False]
    assert all(torch.equal(before[name], t) for name, t in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())


def test_modes_return_after_an_error(small_network):
    """An error during evaluation does not leave the network in eval mode."""
    network = small_network().train()
    with pytest.raises(ZeroDivisionError), in_eval_mode(network):
        1 / 0  # noqa: B018 - raises

    assert network.training


def test_bfloat16_is_close(small_network, small_split):
    """Autocast changes the loss by rounding only, and does change it."""
    network, split = small_network(), small_split()
    exact, half = (evaluate(network, split, GREY, precision=p).loss for p in ("fp32", "bf16"))

    assert half == pytest.approx(exact, rel=0.05)
    assert half != exact
