"""One loop: recipes, timetables, batches, optimisers, evaluation."""
