"""What a desk writes on a contact that another has restricted meanwhile counts nowhere: its author is told, and shown it
again to pass it on; nobody else is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, HANDS, a_colleague
from screens.conftest import page
from seated import at_the_board
from storage.conftest import STAFF, close, marked
from sync.seats import Seats

from spoc.model.ledger.entry import Actor
from spoc.screens.sync.sync_page import SyncScreen
from spoc.screens.sync.uncounted import UncountedScreen
from spoc.storage.contacts import contacts, corrections
from spoc.storage.followups import queue
from spoc.storage.secrecy import uncounted
from spoc.storage.upkeep.verify import verify


class Apart(Seats):
    """Ada restricts a contact at the first desk while Omar, at the second, writes on it without knowing."""

    def __init__(self, place: Path) -> None:
        super().__init__(place, 2)
        one, other = self.desks
        self.nora, _ = a_colleague(one.store, "Nora Named", "named-professional")
        self.omar, _ = a_colleague(one.store, "Omar Diaz", "advisor")
        plain = {key: value for key, value in marked(one.store).values.items() if key not in STAFF}
        self.contact = close(one.store, marked(one.store, values=plain))
        self.until_quiet()
        self.clock(1).step(minutes=4)  # before Ada, who has not received it when she restricts
        contacts.add_note(other.store, self.omar, self.contact, "zebra early").result()
        self.clock(0).step(minutes=5)
        own = contacts.get(one.store, ADVISOR, self.contact)[0]
        contacts.amend(one.store, ADVISOR, own, {"restricted": "own-child"}, "why").result()
        self.clock(1).step(minutes=6)
        own = contacts.get(other.store, self.omar, self.contact)[0]
        contacts.amend(other.store, self.omar, own, {"where_now": "ward"}, "zebra why").result()
        contacts.add_note(other.store, self.omar, self.contact, "zebra note").result()
        agreed = {"code": "hold-discharge", "who": "zebra who", "due": "24h"}
        corrections.add_action(other.store, self.omar, self.contact, agreed).result()
        assert self.told(1, self.omar) == []
        self.until_quiet()

    def told(self, number: int, actor: Actor) -> list[str]:
        """What somebody is shown again at a desk, in lines."""
        found = uncounted.written_by(self.desks[number].store, actor)
        return [line for each in found for line in each.lines]


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Apart]:
    made = Apart(tmp_path)
    yield made
    made.close()


def test_its_author_and_nobody_else_is_shown_it_again_with_whom_to_ask(seats: Apart) -> None:
    for number in (0, 1):  # wherever they sit
        said = " | ".join(seats.told(number, seats.omar))
        for each in ("zebra early", "zebra note", "zebra why", "zebra who", "On a ward"):
            assert each in said, said
        for other in (ADVISOR, seats.nora):
            assert seats.told(number, other) == []
    for each in uncounted.written_by(seats.desks[1].store, seats.omar):
        assert each.record == seats.contact and each.ask == ("Ada Advisor",)


def test_it_counts_nowhere_and_no_page_of_others_shows_it(seats: Apart) -> None:
    for desk in seats.desks:
        assert contacts.find(desk.store, seats.nora, "zebra") == []
        promised = queue.page(desk.store, seats.nora, 50)
        assert "zebra" not in repr(promised)
        found = verify(desk.store).findings
        assert all("in clear" in each for each in found), found
    one = seats.desks[0].store
    one.keyring.hold(ADVISOR.id, HANDS[ADVISOR.id])
    assert "zebra" not in repr(queue.page(one, ADVISOR, 50))
    parts = contacts.get(one, ADVISOR, seats.contact)
    assert "zebra" not in repr([each.values for each in parts])
    assert parts[0].values["where_now"] != "ward"


async def test_the_board_says_so_and_the_page_shows_it_until_it_is_passed_on(seats: Apart) -> None:
    store = seats.desks[1].store
    async with at_the_board(store, actor=seats.omar, size=(80, 24)) as pilot:
        said = " ".join(page(pilot).split())
        assert "4 things you wrote do not count" in said and "zebra" not in said
        await type_in(pilot, "y")
        await shown(pilot, SyncScreen)
        await until(pilot, lambda: "4 things you wrote" in page(pilot))
        await type_in(pilot, "w", "<down>", "<up>", "c")
        await shown(pilot, UncountedScreen)
        said = " ".join(page(pilot).split())
        assert "1 of 4" in said and "zebra early" in said and "Copied for a minute" in said
        assert "Ask Ada Advisor to add it" in said
        for left in (3, 2, 1):
            await type_in(pilot, "x")
            await until(pilot, lambda left=left: f"1 of {left}" in page(pilot))
        await type_in(pilot, "x")
        await until(pilot, lambda: "Everything you wrote counts" in page(pilot))
        await type_in(pilot, "<escape>")
        await shown(pilot, SyncScreen)
        await until(pilot, lambda: "things you wrote" not in page(pilot))
    async with at_the_board(store, actor=ADVISOR, size=(80, 24)) as pilot:
        assert "you wrote do" not in " ".join(page(pilot).split())
