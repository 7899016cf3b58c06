"""The transport for a named place: a PostgreSQL hub or a shared folder."""

from contextlib import closing, suppress
from pathlib import Path

from spoc.model.errors import Refusal
from spoc.storage.desk import Desk
from spoc.storage.store_folder import STORE_FILE
from spoc.storage.upkeep import backup
from spoc.sync import compare
from spoc.sync.compare import Compared
from spoc.sync.transport import PlaceGone, Transport


def place_of(named: str) -> Transport:
    """The transport for a place, as a setting or an option names it. Raises PlaceGone, FolderUnusable."""
    if named.startswith(("postgresql://", "postgres://")):
        from spoc.sync.hub import Hub

        return Hub(named)
    from spoc.sync.folder import Folder

    return Folder(Path(named))


def compared(desk: Desk, named: str) -> Compared:
    """This desk compared with a backup (a folder with ``spoc.db``) or with a place of sync."""
    if (Path(named) / STORE_FILE).is_file():
        return compare.with_backup(desk, Path(named))
    if one := backup.newest(Path(named), desk.folder):
        raise Refusal(f"The folder {named} contains backups: name one of them, such as {one}.")
    with closing(place_of(named)) as transport:
        return compare.with_place(desk, transport)


def must_be_usable(named: str) -> None:
    """Raises FolderUnusable, BadInput if a place cannot be one of sync. One that is only out of reach can."""
    with suppress(PlaceGone), closing(place_of(named)):
        return
