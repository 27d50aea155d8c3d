"""Digests, environment, journal: what surrounds the stages."""

import hashlib
import json
import logging

import torch

from prunebench.core.digest import digest
from prunebench.run.digests import tensors_digest
from prunebench.run.environment import environment, installed, machine
from prunebench.run.journal import logged
from prunebench.run.numerics import settled


def test_digest_from_first_principles():
    """Name, type, shape and bytes, in order of the names; layout in memory does not count."""
    tensor = torch.tensor([[1, 2], [3, 4]], dtype=torch.uint8)
    text = b"a:torch.uint8:(2, 2);\x01\x02\x03\x04b:torch.uint8:(2, 2);\x01\x03\x02\x04"

    assert tensors_digest({"b": tensor.T, "a": tensor}) == hashlib.sha256(text).hexdigest()[:32]


def test_digest_sees_everything():
    """Another name, type, shape or bit is another digest."""
    base = torch.zeros(4)
    variants = [
        {"a": base},
        {"b": base},
        {"a": base.double()},
        {"a": base.reshape(2, 2)},
        {"a": -base},
    ]

    assert len({tensors_digest(one) for one in variants}) == len(variants)


def test_environment_is_facts_and_their_digest(registry):
    """Versions and hardware; the id is the digest of the rest, and no path of the machine."""
    facts = environment(registry, "cpu")
    rest = {name: value for name, value in facts.items() if name != "id"}

    assert facts["id"] == digest(rest)
    assert facts["libraries"]["torch"] == torch.__version__
    assert (facts["device"], facts["gpu"], facts["threads_per_worker"]) == ("cpu", None, 1)
    assert any("prunebench" in plugin for plugin in facts["plugins"])
    assert "/" not in json.dumps(facts["plugins"])
    assert installed("no-such-distribution") is None


def test_the_machine_is_no_matter_of_commits_and_plugins(registry):
    """What decides speed is part of the environment, which holds more."""
    facts, here = environment(registry, "cpu"), machine("cpu")

    assert here.items() <= facts.items()
    assert facts.keys() - here.keys() == {"commit", "plugins", "id"}


def test_log_is_the_runs_own(tmp_path):
    """What is logged at info during a run is in its file; the logger is as before afterwards."""
    logger = logging.getLogger("prunebench.test")
    level = logging.getLogger("prunebench").level
    logger.info("before")
    with logged(tmp_path):
        logger.info("a stage begins")
        logger.debug("shapes")
    logger.info("after")
    lines = (tmp_path / "log.txt").read_text().splitlines()

    assert len(lines) == 1
    assert lines[0].endswith("INFO prunebench.test: a stage begins")
    assert logging.getLogger("prunebench").level == level


def test_log_is_no_way_for_strangers(tmp_path):
    """Control characters are escapes in it, and a link in a run's folder does not lead it away."""
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / "log.txt").symlink_to(tmp_path / "elsewhere")
    with logged(tmp_path):
        logging.getLogger("prunebench.test").info("failed: \x1b[31mred\u202e\nsecond line é")
    text = (tmp_path / "log.txt").read_text("utf-8")

    assert text.endswith("failed: \\x1b[31mred\\u202e\nsecond line é\n")
    assert (tmp_path / "elsewhere").read_text() == "mine"


def test_a_stage_computes_with_one_thread_and_no_denormals():
    """Inside, one thread and denormal numbers flushed to zero; outside, all is as it was."""
    threads, tiny = torch.get_num_threads(), torch.tensor(1e-310, dtype=torch.float64)
    with settled():
        inside = torch.get_num_threads(), float(tiny * 1.0)

    assert inside == (1, 0.0)
    assert torch.get_num_threads() == threads
    assert float(tiny * 1.0) == 1e-310


def test_a_stage_computes_in_full_precision_and_repeatably():
    """On CUDA no TensorFloat, no search for the fastest kernel; outside, all is as it was."""

    def flags():
        cudnn = torch.backends.cudnn
        return cudnn.enabled, cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32

    before = flags()
    with settled():
        inside = flags()

    assert inside == (True, False, True, False)
    assert flags() == before
