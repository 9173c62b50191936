"""What a model may not say is held back before anyone sees it: promises, invented numbers, foreign links, secrets."""
