"""One visit of a desk to a place of sync, as each step of a sync is given it."""

from collections.abc import Mapping
from dataclasses import dataclass

from spoc.storage.desk import Desk
from spoc.storage.desks.group import Group
from spoc.storage.keyring import Keys
from spoc.storage.store import Store
from spoc.sync.transport import Transport


@dataclass(frozen=True, slots=True)
class SyncVisit:
    """Who syncs with which place: the desk with its keys, its group, and what the place had when the visit began
    (name and bytes of each file, in order of arrival if that is known)."""

    desk: Desk
    transport: Transport
    group: Group
    own: Keys
    listed: Mapping[str, int]

    @property
    def store(self) -> Store:
        return self.desk.store

    @property
    def home(self) -> str:
        """What the names of all the group's files in the place begin with."""
        return f"{self.group.id.hex()}/"
