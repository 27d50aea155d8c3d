"""prunebench: a benchmark of neural-network pruning methods under retraining protocols."""
