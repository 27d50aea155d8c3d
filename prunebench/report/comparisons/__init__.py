"""Differences between methods and protocols, with their statistics."""
