"""What completions cost, and where that ends."""
