"""Rows become tables, plots, Markdown and HTML; no torch."""
