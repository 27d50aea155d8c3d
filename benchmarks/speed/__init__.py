"""Speed of prunebench in pairs, each measured in one run: ``python -m benchmarks.speed``."""
