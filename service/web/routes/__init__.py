"""One module for each group of routes; each parses, calls one thing and answers."""
