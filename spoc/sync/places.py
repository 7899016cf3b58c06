"""The transport for a named place: a PostgreSQL hub or a shared folder."""

import os
from contextlib import closing, suppress
from pathlib import Path

from spoc.model.errors import BadInput, FolderUnusable, Refusal
from spoc.storage.desk import Desk
from spoc.storage.desks.places import is_hub
from spoc.storage.store_folder import STORE_FILE
from spoc.storage.upkeep import backup
from spoc.sync import compare
from spoc.sync.compare import Compared
from spoc.sync.transport import PlaceGone, Transport


def place_of(named: str) -> Transport:
    """The transport for a place, as a setting or an option names it. Raises PlaceGone, FolderUnusable."""
    if is_hub(named):
        from spoc.sync.hub import Hub

        return Hub(named)
    from spoc.sync.folder import Folder

    return Folder(Path(named))


def compared(desk: Desk, named: str) -> Compared:
    """This desk compared with a backup (a folder with ``spoc.db``) or with a place of sync."""
    if os.path.lexists(Path(named) / STORE_FILE):  # whatever it is
        return compare.with_backup(desk, Path(named))
    if one := backup.newest(Path(named), desk.folder):
        raise Refusal(f"The folder {named} contains backups: name one of them, such as {one}.")
    with closing(place_of(named)) as transport:
        return compare.with_place(desk, transport)


def usable(named: str, own: Path) -> str:
    """A place of sync as a setting keeps it, from what somebody typed; a folder with its full path, without
    quotation marks. One that is only out of reach will do.

    ``own`` is the folder of this desk's store. Raises FolderUnusable, BadInput if it cannot be a place of sync.
    """
    text = named.strip().strip('"')
    if not text:
        raise BadInput("No folder or hub is named; nothing was changed.")
    if not is_hub(text):
        folder = Path(text).expanduser().absolute()
        if folder.resolve().is_relative_to(own.resolve()):
            raise FolderUnusable(
                f"The folder {folder} belongs to this desk's own store, which no other desk can read; nothing was "
                "changed. Choose a folder on a file server."
            )
        text = str(folder)
    with suppress(PlaceGone), closing(place_of(text)):
        return text
    return text
