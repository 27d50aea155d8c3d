"""Tensor mathematics of pruning: layout, mask, select, quota, cost, surgery, random."""
