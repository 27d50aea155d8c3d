"""Rows of several bundles become one row each, with its place on a board and its badges."""
