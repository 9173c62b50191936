"""How a FAQ grows under review: what visitors taught, and what a model drafts, become phrasings somebody looks at."""
