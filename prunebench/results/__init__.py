"""Measurements as rows on disk, read as one data frame; no torch."""
