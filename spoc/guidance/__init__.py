"""Guidance as TOML: packs of code lists, questions, prompts and measures, with their sources."""
