"""Trials become a directed graph of content-addressed stages; nothing runs here."""
