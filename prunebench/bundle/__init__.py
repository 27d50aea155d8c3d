"""Bundles: a run as an immutable archive that anybody can check. Needs no torch."""
