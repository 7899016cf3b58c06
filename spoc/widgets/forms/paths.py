"""A path that somebody typed or pasted."""

from pathlib import Path


def typed_path(text: str) -> Path:
    """The full path; it may be in quotation marks, as Windows copies it."""
    return Path(text.strip().strip('"')).expanduser().absolute()
