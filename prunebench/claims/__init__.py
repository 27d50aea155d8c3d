"""Claims as data: cells of a results frame compared by stated rules, with verdicts; no torch."""
