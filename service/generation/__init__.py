"""What is said when the FAQ cannot answer."""
