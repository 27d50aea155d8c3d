"""Conformance checks, for the built-in plugins and for yours."""
