"""Figures of a report, as SVG that reads alike everywhere."""
