"""What the numbers of a board support: scores, differences, places, fronts."""
