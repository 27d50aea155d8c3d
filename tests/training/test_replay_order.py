"""What is asked of a card around a recording, with a stand-in for the card's driver."""

from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import pytest
import torch

from prunebench.training.batches import Picked
from prunebench.training.replay import WARM_UP, Replay

CPU = torch.device("cpu")


class Graph:
    """Stands in for a CUDA graph: a replay reads the tensors that were there when recording."""

    recording = None

    def replay(self):
        """Run what was recorded on the same tensors."""
        self.loss.copy_(self.run())


@pytest.fixture
def card(monkeypatch):
    """Replace the driver's streams and graphs; gives the list of recordings."""
    recordings = []
    stream = SimpleNamespace(wait_stream=lambda other: None, device=CPU)
    monkeypatch.setattr(torch.cuda, "Stream", lambda device: stream)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)

    @contextmanager
    def graph(made):
        recordings.append(made)
        Graph.recording = made
        yield
        Graph.recording = None

    monkeypatch.setattr(torch.cuda, "graph", graph)
    return recordings


def move(picked, lr):
    """Compute something that depends on the images and the rate; when recording, only note it."""

    def run():
        return (picked.index.sum() * lr).float()

    if Graph.recording is None:
        return run()
    Graph.recording.run, Graph.recording.loss = run, torch.full((), torch.nan)
    return Graph.recording.loss


def test_steps_before_and_after_the_recording_agree(card):
    """Every step sees its own images and its own rate; one recording serves all later ones."""
    replay = Replay(move, CPU)
    steps = [(torch.tensor([n, 1]), 0.5 * n) for n in range(WARM_UP + 3)]
    losses = [float(replay(Picked(index, None), lr)) for index, lr in steps]

    assert losses == [(n + 1) * 0.5 * n for n in range(WARM_UP + 3)]
    assert len(card) == 1


def test_a_step_keeps_its_hands_off_the_images_it_is_given(card):
    """Later steps overwrite tensors of the replay's own."""
    replay, first = Replay(move, CPU), torch.tensor([7, 7])
    for index in (first, torch.tensor([1, 2]), torch.tensor([3, 4])):
        replay(Picked(index, None), 1.0)

    assert first.tolist() == [7, 7]


def test_another_number_of_images_does_not_fit(card):
    """The smaller last batch of an epoch is an ordinary step."""
    replay = Replay(move, CPU)
    before = replay.fits(Picked(torch.arange(3), None))
    replay(Picked(torch.arange(2), None), 1.0)

    assert before
    assert replay.fits(Picked(torch.arange(2), None))
    assert not replay.fits(Picked(torch.arange(3), None))
