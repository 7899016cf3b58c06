"""Run by a test in a copy of spoc that has one more coded field: says where the field is found."""

import asyncio
import sys
from pathlib import Path

from keyboard import shown, type_in
from samples import ADVISOR, Clock, a_sheet, set_up
from seated import at_the_board

import spoc
from spoc.screens.call.contact import ContactScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.upkeep import verify


async def main(folder: Path) -> None:
    assert Path(spoc.__file__).is_relative_to(folder), "this is not the copy"
    store = set_up(folder, Clock())
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n")
        screen = await shown(pilot, ContactScreen)
        screen.set_focus(screen.entries["toolkit"])
        await type_in(pilot, "graded", "<enter>")
        assert screen.entries["toolkit"].value == screen.sheet.values["toolkit"] == "gcp2"
        print("screen")
        draft = drafts.new(store, ADVISOR)
        sheet = a_sheet(store.now(), values={"toolkit": "gcp2"})
        contacts.close(store, ADVISOR, draft, sheet).result()
        assert store.reader.conn.execute("SELECT toolkit FROM contact").fetchall() == [("gcp2",)]
        assert not verify.verify(store).findings
        print("store")
        found = contacts.find(store, ADVISOR, "graded care")
        assert [row.id for row in found] == [draft.id]
        print("search")
        pilot.app.push_screen(ContactPage(pilot.app.desk, draft.id))
        page = await shown(pilot, ContactPage)
        assert ("Toolkit", "Graded care profile") in [
            (line.label, line.text) for line in page.rows.items
        ]
        print("page")
    store.close()


asyncio.run(main(Path(sys.argv[1])))
