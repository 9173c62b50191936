"""The `ondap` command: each module is one front door that parses, calls one thing and prints."""
