"""What is asked for: TOML or flags become an Experiment; names only, no torch."""
