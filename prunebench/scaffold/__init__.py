"""Scaffolds: a new plugin's project from a packaged template. Needs no torch."""
