"""The container: a ZIP of which every byte is accounted for."""
