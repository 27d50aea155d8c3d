"""Leaderboards: bundles of one suite become boards, and boards a static site. Needs no torch."""
