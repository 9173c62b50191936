"""Whether a question means the opposite of an entry although it uses its words."""
