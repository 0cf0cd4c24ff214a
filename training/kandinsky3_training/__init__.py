"""Trains the small Kandinsky 3 that comes with the package: drawn scenes, a tokenizer, MoVQ, the U-Nets, a judge, and the export of the result."""
