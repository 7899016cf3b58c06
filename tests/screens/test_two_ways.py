"""A contact's page where two desks said different things: both are read, with who said them and when."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, Clock, a_colleague, close_one, set_up
from seated import at_the_board

from spoc.model.ledger.entry import Actor
from spoc.screens.contacts.amend import AmendScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.storage.contacts import contacts
from spoc.storage.contacts.reading import listing
from spoc.storage.ledger import conflicts
from spoc.storage.ledger.receive import carry
from spoc.storage.migrations import local
from spoc.storage.store import Store
from spoc.widgets.pages.header import Header


@pytest.fixture
def there(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """Another desk of the service."""
    (tmp_path / "there").mkdir()
    store = set_up(tmp_path / "there", Clock(clock()), another=True)
    yield store
    store.close()


def carried(one: Store, other: Store) -> None:
    """All that one desk has, at the other."""
    own = {bytes.fromhex(local(other.reader, each)) for each in ("stream", "audit_stream")}
    for (stream,) in one.reader.conn.execute("SELECT DISTINCT stream FROM entry").fetchall():
        if stream not in own:
            assert other.receive(carry(one.reader, stream)).problems == ()


def part(store: Store, contact: bytes, tbl: str) -> contacts.Part:
    return next(each for each in contacts.get(store, ADVISOR, contact) if each.tbl == tbl)


def amended(store: Store, actor: Actor, contact: bytes, tbl: str, **fields: str) -> None:
    contacts.amend(store, actor, part(store, contact, tbl), fields, "rang back").result()


async def test_both_values_stand_on_the_page_with_who_said_them_until_somebody_decides(
    store: Store, there: Store, clock: Clock
) -> None:
    contact = close_one(store)
    beth, _ = a_colleague(store, "Beth Bell", "advisor")
    carried(store, there)
    clock.step(minutes=12)
    amended(store, ADVISOR, contact, "contact", category="neglect", callback="01632 960222")
    amended(store, ADVISOR, contact, "note", text="Seen by the ward.")
    there.now.step(minutes=30)  # type: ignore[attr-defined]
    amended(there, beth, contact, "contact", category="sexual", callback="01632 960222")
    amended(there, beth, contact, "note", text="Seen at home.")
    carried(there, store)
    assert conflicts.count(store.reader) == 2
    async with at_the_board(store) as pilot:
        pilot.app.push_screen(ContactPage(pilot.app.desk, contact))
        page = await shown(pilot, ContactPage)
        await until(pilot, lambda: "2 conflicts" in str(page.query_one(Header).render()))
        said = " ".join(line.text for line in page.rows.items if "warning" in line.style)
        assert said.count("CONFLICT") == 2 and said.count("amend the line above to settle it") == 2
        assert "“Sexual abuse” (Beth Bell, Fri 20 Nov 2026 09:30)" in said
        assert "or “Neglect” (Ada Advisor, Fri 20 Nov 2026 09:12)" in said
        assert "“Seen at home.” (Beth Bell" in said and "“Seen by the ward.” (Ada" in said
        page.rows.marked = [line.label for line in page.rows.items].index("Category")
        await type_in(pilot, "a")
        await shown(pilot, AmendScreen)
        await type_in(pilot, "neglect", "<enter>", "asked Beth", "<enter>")
        await until(pilot, lambda: pilot.app.screen is page)
        said = " ".join(line.text for line in page.rows.items)
        assert "Sexual abuse” (Beth" not in said and said.count("CONFLICT") == 1
    carried(store, there)
    assert [each.field for each in conflicts.conflicts(there.reader)] == ["text"]


async def test_what_was_changed_while_another_took_it_out_stays_and_says_so(
    store: Store, there: Store, clock: Clock
) -> None:
    contact = close_one(store)
    carried(store, there)
    action = part(store, contact, "action")
    store.act(ADVISOR, [conflicts.removal(store.reader, "action", action.id)]).result()
    amended(there, ADVISOR, contact, "action", who="ward")
    carried(there, store)
    (found,) = listing.page_of(store, ADVISOR, contact)["conflicts"]
    assert (found["field"], [each["value"] for each in found["said"]]) == ("_void", [False, True])
    async with at_the_board(store) as pilot:
        pilot.app.push_screen(ContactPage(pilot.app.desk, contact))
        page = await shown(pilot, ContactPage)
        lines = [(line.label, line.text) for line in page.rows.items]
        at = next(n for n, (label, _) in enumerate(lines) if label == "Agreed")
        assert lines[at + 1][1].startswith("CONFLICT: it was taken out (Ada Advisor, Fri 20 Nov")
