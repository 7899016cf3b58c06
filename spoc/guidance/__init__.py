"""Guidance as TOML: code lists with their sources, in packs."""
