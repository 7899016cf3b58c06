"""What the desk counts by and goes by, as TOML: code lists with their sources, in packs."""
