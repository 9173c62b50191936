"""What worries about a visitor: anger, threats, danger, and that nothing has helped."""
