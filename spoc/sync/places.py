"""Which transport a named place is: a PostgreSQL hub or a shared folder."""

from pathlib import Path

from spoc.sync.transport import Transport


def place_of(named: str) -> Transport:
    """The transport of a place, as a setting or an option names it. Raises PlaceGone, FolderUnusable."""
    if named.startswith(("postgresql://", "postgres://")):
        from spoc.sync.hub import Hub

        return Hub(named)
    from spoc.sync.folder import Folder

    return Folder(Path(named))
