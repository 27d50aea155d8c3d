"""Tables of a report: accuracies, budgets, sizes, costs, claims, provenance."""
