"""From a question to its matches to a decision."""
