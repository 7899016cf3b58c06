"""Desks of one service at a shared folder, without the command line: stores, clocks and keys given directly."""

import os
from contextlib import closing
from pathlib import Path

from samples import ADVISOR, Clock, set_up

from spoc.model.forms.forms import CONTACT_FORM, Field
from spoc.storage import keyring
from spoc.storage.desk import Desk
from spoc.storage.desks import group as groups
from spoc.storage.desks.group import DeskMember, Group
from spoc.storage.driver import Database
from spoc.storage.migrations import keep_local
from spoc.sync import run
from spoc.sync.folder import Folder
from spoc.sync.run import Synced
from spoc.sync.transport import Transport


class Share(Folder):
    """A share whose server has the time of the first desk."""

    def __init__(self, folder: Path, now: Clock) -> None:
        super().__init__(folder)
        self.clock = now  # type: ignore[method-assign]


class Seats:
    """So many desks of one service, each let in already, and their share."""

    def __init__(self, place: Path, count: int) -> None:
        self.place, self.share = place, place / "share"
        self.share.mkdir()
        self.group = Group(os.urandom(16), os.urandom(32))
        self.desks: list[Desk] = []
        self.members: list[DeskMember] = []
        for _ in range(count):
            self._set_up(CONTACT_FORM)
        self._trust_each_other()

    def joins(self, form: tuple[Field, ...] = CONTACT_FORM) -> None:
        """One more desk, which has nothing yet."""
        self._set_up(form)
        self._trust_each_other()

    def _set_up(self, form: tuple[Field, ...]) -> None:
        folder = self.place / str(len(self.desks))
        folder.mkdir()
        desk = Desk(set_up(folder, Clock(), another=True, form=form), ADVISOR, folder)
        self.desks.append(desk)
        self.members.append(desk.store.submit(lambda db: _own(db, desk, self.group)).result())

    def _trust_each_other(self) -> None:
        for desk in self.desks:
            desk.store.submit(lambda db: _trust(db, self.members)).result()

    def clock(self, number: int) -> Clock:
        clock = self.desks[number].store.now
        assert isinstance(clock, Clock)
        return clock

    def sync(self, number: int, transport: Transport | None = None) -> Synced:
        if transport is not None:
            return run.sync(self.desks[number], transport)
        with closing(self.transport()) as there:
            return run.sync(self.desks[number], there)

    def transport(self) -> Transport:
        return Share(self.share, self.clock(0))

    def until_quiet(self) -> None:
        """Sync in turn until nobody sends or receives anything; more than four rounds are too many."""
        for _ in range(4):
            done = [self.sync(number) for number in range(len(self.desks))]
            if not any(each.sent or each.received for each in done):
                return
        raise AssertionError("the desks never came to rest")

    def segments(self) -> list[Path]:
        return sorted(self.share.rglob("*.seg"))

    def close(self) -> None:
        for desk in self.desks:
            desk.close()


def _own(db: Database, desk: Desk, group: Group) -> DeskMember:
    own = keyring.own_keys(db, desk.store.now())
    groups.keep_group(db, group)
    return DeskMember(own.id, f"Desk {desk.folder.name}", own.verifying, own.sealing)


def _trust(db: Database, members: list[DeskMember]) -> None:
    said = {
        each.id.hex(): {
            "id": each.id.hex(), "name": each.name,
            "sign_key": each.verifying.hex(), "seal_key": each.sealing.hex(),
        }
        for each in members
    }  # fmt: skip
    keep_local(db, "trusted", said)
