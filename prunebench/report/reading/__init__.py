"""What a report says in words: findings, limits, the checklist."""
