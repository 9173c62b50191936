"""One exchange, from a question to a stored answer."""
