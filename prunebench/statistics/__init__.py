"""Statistics of results as pure functions: intervals, tests, rules, comparisons; no torch."""
