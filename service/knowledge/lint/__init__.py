"""What a FAQ may hold and its author probably did not mean. Nothing here stops a FAQ from being served."""
