"""Places of sync and what may happen to their files: a shared folder, a hub's table, and a transport that fails."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from random import Random

from samples import Clock

from spoc.storage.desks.group import Group
from spoc.sync.folder import HOME, Folder
from spoc.sync.hub import Hub
from spoc.sync.segment import BadSegment, opened
from spoc.sync.transport import Transport


class Killed(BaseException):
    """The process is gone: nothing that would have come after it happens."""


class _Around:
    """A transport that hands on what it is asked."""

    def __init__(self, place: Transport) -> None:
        self.within, self.place = place, place.place
        self.list, self.get, self.put_new = place.list, place.get, place.put_new
        self.remove, self.clock, self.close = place.remove, place.clock, place.close


class Dies(_Around):
    """A place at which something happens before, or just after, the so-manyth file is put there."""

    def __init__(self, place: Transport, after: int, what: BaseException) -> None:
        super().__init__(place)
        self.left, self.what = after, what
        self.put_new = self._put_new  # type: ignore[method-assign]

    def _put_new(self, name: str, data: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            raise self.what
        self.within.put_new(name, data)
        if self.left == 0:
            raise self.what


class Listed(_Around):
    """A place that lists its files in any order and, if ``part`` is below 1, not all of them."""

    def __init__(self, place: Transport, chance: Random, part: float = 1) -> None:
        super().__init__(place)
        self.chance, self.part = chance, part
        self.list = self._list  # type: ignore[method-assign]

    def _list(self) -> Mapping[str, int]:
        found = sorted(self.within.list().items())
        self.chance.shuffle(found)
        return {
            name: size for name, size in found
            if name.endswith("group.json") or self.chance.random() < self.part
        }  # fmt: skip


class Share:
    """A shared folder, and what it may do to its files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.address, self.now = folder, str(folder), Clock()

    def transport(self) -> Transport:
        return there(self.address, self.now)

    def all(self) -> dict[str, bytes]:
        """Every file and its bytes."""
        home = self.folder / HOME
        return {
            str(each): each.read_bytes()
            for each in home.rglob("*")
            if each.is_file() and each.suffix != ".part"
        }

    def files(self) -> list[str]:
        return sorted(str(each) for each in self.folder.rglob("*.seg"))

    def get(self, file: str) -> bytes:
        return Path(file).read_bytes()

    def tear(self, file: str) -> None:
        path = Path(file)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    def lose(self, file: str) -> None:
        Path(file).unlink()

    def double(self, file: str, name: str) -> None:
        target = Path(file).parent / name
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            shutil.copy(file, target)

    def close(self) -> None:
        """Nothing is open."""


class Table:
    """A hub's table, and what a server may do to its rows: a backup put back, somebody with its rights."""

    def __init__(self, dsn: str) -> None:
        import psycopg

        self.address, self.now = dsn, Clock()
        self.db = psycopg.connect(dsn, autocommit=True)
        self.db.execute("TRUNCATE spoc1.segment")

    def transport(self) -> Transport:
        return there(self.address, self.now)

    def all(self) -> dict[str, bytes]:
        return dict(self.db.execute("SELECT name, bytes FROM spoc1.segment").fetchall())

    def files(self) -> list[str]:
        found = self.db.execute("SELECT name FROM spoc1.segment WHERE name LIKE '%.seg'")
        return sorted(name for (name,) in found.fetchall())

    def get(self, file: str) -> bytes:
        found = self.db.execute("SELECT bytes FROM spoc1.segment WHERE name = %s", (file,))
        (data,) = found.fetchone() or (b"",)
        return bytes(data)

    def close(self) -> None:
        self.db.close()

    def tear(self, file: str) -> None:
        self.db.execute(
            "UPDATE spoc1.segment SET bytes = substring(bytes FROM 1 FOR length(bytes) / 2) WHERE name = %s",
            (file,),
        )

    def lose(self, file: str) -> None:
        self.db.execute("DELETE FROM spoc1.segment WHERE name = %s", (file,))

    def double(self, file: str, name: str) -> None:
        self.db.execute(
            "INSERT INTO spoc1.segment(tenant, name, bytes) SELECT tenant, %s, bytes FROM spoc1.segment"
            " WHERE name = %s ON CONFLICT DO NOTHING",
            (f"{file.rpartition('/')[0]}/{name}", file),
        )


def there(address: str, now: Clock) -> Transport:
    """The place at an address, with its server's clock."""
    place: Folder | Hub = (
        Hub(address) if address.startswith("postgresql:") else Folder(Path(address))
    )
    place.clock = now  # type: ignore[method-assign]
    return place


def named(place: Share | Table, file: str) -> str:
    """What a sync calls a file."""
    return os.path.relpath(file, place.folder / HOME) if isinstance(place, Share) else file


def headers(group: Group, data: bytes) -> frozenset[bytes] | None:
    """The headers of the entries in a segment; None if it cannot be read."""
    try:
        _, entries = opened(group, data, lambda by, signature, content: True)
    except BadSegment:
        return None
    return frozenset(each.header for each in entries)
