"""A real language model, SmolLM2-135M-Instruct: its file, and what is read from it."""
