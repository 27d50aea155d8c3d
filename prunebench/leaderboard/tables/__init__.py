"""Every table of a leaderboard as CSV and JSON."""
