"""What the shipped protocols do after pruning, in a sentence each."""

MEANINGS = {
    "none": "nothing is trained; the pruned network is tested as it is",
    "recalibrate": "nothing is trained; batch norms are measured anew",
    "finetune": "the kept weights go on from where they were trained to, for a short time",
    "lr-rewind": "the kept weights go on from where they were trained to, for a whole training",
    "scratch-e": "the pruned network is drawn anew and trained for the epochs of the dense one",
    "scratch-b": "the pruned network is drawn anew and trained for the compute of the dense one",
    "ticket": "the kept weights go back to where the dense training began, and are trained again",
    "random": "the same weights are kept in a fresh draw of the dense network, which is trained",
}


def meaning(protocol: str) -> str:
    """Say what a protocol does; nothing of one that is not shipped.

    >>> meaning("none"), meaning("finetune[length=2]")[:16], meaning("ours")
    ('nothing is trained; the pruned network is tested as it is', 'the kept weights', '')
    """
    return MEANINGS.get(protocol.partition("[")[0], "")
