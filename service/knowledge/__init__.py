"""What the team writes: entries, and what is wrong with them."""
