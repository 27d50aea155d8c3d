"""Names: of an archive's members, of trials, and of what plugins offer."""

import re

MANIFEST, TRIALS, CURVES, LAYERS = "bundle.json", "trials.jsonl", "curves.csv", "layers.csv"
SUMS = "SHA256SUMS"
TABLES = (MANIFEST, TRIALS, CURVES, LAYERS)

TRIAL = re.compile("[0-9a-f]{32}")
NAMES = re.compile(
    r"SHA256SUMS|bundle\.json|trials\.jsonl|(?:curves|layers)\.csv"
    r"|(?:predictions|labels)/(?:0|[1-9][0-9]{0,3})\.npz"
    r"|weights/[0-9a-f]{32}\.safetensors"
)
"""All names that a member can have."""

PLUGIN = re.compile(r"[a-z0-9]+([-_+][a-z0-9]+)*")
"""Ids of methods, models, data sets and protocols: the rule of `prunebench.plugin.contract`, which
cannot be asked here because it loads torch."""

LABEL = 300
"""Longest label of a method with its settings, or of anything else that heads a row."""
