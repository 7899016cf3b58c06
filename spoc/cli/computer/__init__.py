"""The commands about this computer: checking it, and trying spoc on invented work."""
