"""Pages of a leaderboard's site: what is said on each, drawings, templates, and where all lies."""
