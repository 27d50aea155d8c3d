"""What of a bundle's numbers can be computed again."""
