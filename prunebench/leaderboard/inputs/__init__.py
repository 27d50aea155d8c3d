"""What a leaderboard is made of: bundles, reproductions, a maintainer's notes."""
