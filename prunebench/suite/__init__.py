"""Suites: versioned grids that make results of strangers comparable. Needs no torch."""
