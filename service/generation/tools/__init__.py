"""What a model may look up or do: declared by the operator, bound to whoever asks, never trusted with an argument."""
