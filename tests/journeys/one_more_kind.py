"""Run by a test in a copy of spoc that has one more kind of record: says where it is found."""

import asyncio
import sys
from pathlib import Path

from keyboard import shown, type_in
from samples import ADVISOR, Clock, close_one, set_up
from seated import at_the_board
from spoc.screens.contacts.body_maps import BodyMapsScreen  # type: ignore[import-not-found]

import spoc
from spoc.model.ledger.written_by import WRITTEN_BY
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.storage.contacts import body_maps, contacts  # type: ignore[attr-defined]
from spoc.storage.contacts.reading import listing  # type: ignore[attr-defined]
from spoc.storage.upkeep import verify


async def main(folder: Path) -> None:
    assert Path(spoc.__file__).is_relative_to(folder), "this is not the copy"
    store = set_up(folder, Clock())
    contact = close_one(store)
    body_maps.add(store, ADVISOR, contact, "Cupboard nine").result()
    assert [each.place for each in body_maps.listed(store, ADVISOR)] == ["Cupboard nine"]
    print("store")
    assert WRITTEN_BY["body_map"] == WRITTEN_BY["contact"]
    assert not verify.verify(store).findings
    print("signed")
    assert [row.id for row in contacts.find(store, ADVISOR, "cupboard")] == [contact]
    print("search")
    async with at_the_board(store) as pilot:
        pilot.app.push_screen(ContactPage(pilot.app.desk, contact))
        page = await shown(pilot, ContactPage)
        assert ("Body map", "Cupboard nine") in [
            (line.label, line.text) for line in page.rows.items
        ]
        print("page")
        (said,) = listing.page_of(store, ADVISOR, contact)["body_maps"]
        assert said["place"] == "Cupboard nine"
        print("json")
        await type_in(pilot, "v")
        screen = await shown(pilot, BodyMapsScreen)
        assert [item.place for item in screen.rows.items] == ["Cupboard nine"]
        print("list")
    sealed = close_one(store, values={"restricted": "staff-allegation", "about_staff": "X"})
    body_maps.add(store, ADVISOR, sealed, "Cupboard ten").result()
    assert [each.place for each in body_maps.listed(store, ADVISOR)] == ["Cupboard nine"]
    assert not verify.verify(store).findings
    print("restricted")
    store.close()


asyncio.run(main(Path(sys.argv[1])))
