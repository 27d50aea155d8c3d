"""The fresh process."""

import torch

from prunebench.testing.elsewhere import address, ask
from prunebench.testing.networks import PLAIN
from prunebench.testing.pruning import score
from prunebench.testing.stand_ins import Smallest


def test_a_class_has_a_place_in_its_module():
    """Module and name lead to the class; one that was made in a function has no place."""
    place = address(Smallest)

    assert (place["module"], place["name"]) == ("prunebench.testing.stand_ins", "Smallest")
    assert address(type("Made", (Smallest,), {})) is None


def test_answers_come_back():
    """Another process gives the scores that this one gives, and opened nothing."""
    answer = ask({"what": "scores", "method": address(Smallest)}, {})
    here = score(Smallest(), PLAIN.build())

    assert (answer.failure, answer.opened) == ("", ())
    assert all(torch.equal(answer.tensors[name], here[name]) for name in here)


def test_a_failure_is_told_and_the_next_question_answered():
    """What cannot be imported is a sentence, and the helper lives on."""
    lost = {**address(Smallest), "name": "Nobody"}
    failed = ask({"what": "scores", "method": lost}, {})
    after = ask({"what": "scores", "method": address(Smallest)}, {})

    assert failed.failure.startswith("AttributeError: ")
    assert after.failure == ""
