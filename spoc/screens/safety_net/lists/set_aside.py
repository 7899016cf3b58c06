"""Rows that were set aside because another child has their attendance number: brought in separately, or
dropped."""

import csv
import io
import json
from asyncio import wrap_future
from collections.abc import Sequence
from datetime import date

from spoc.intake.reading import of_bytes
from spoc.model.attendance.row import Attendance, placed
from spoc.model.errors import Refusal
from spoc.model.values.dates import shown_day
from spoc.screens.desk.pages.list_screen import ListColumn, ListScreen, list_keys
from spoc.screens.safety_net.lines import moment_words
from spoc.storage.attendances import headings, importing, listing, reviewing
from spoc.storage.attendances.importing import Listed
from spoc.storage.attendances.listing import Aside
from spoc.widgets.pages.bindings import CONTACT, key

APART = "/2"  # added to a number that two children have


class SetAsideScreen(ListScreen[None, Aside]):
    """Shows the rows that somebody must decide about."""

    CSS_PATH = "set_aside.tcss"
    BINDINGS = [
        key("o", "own", "a case of its own", "Bring it in under its number and /2", "aside.own", CONTACT),
        key("d", "drop", "drop", "It is a mistake in the list: leave it out", "aside.drop", CONTACT),
        *list_keys("aside"),
    ]  # fmt: skip

    PLACE = "Set aside"
    COLUMNS = (
        ListColumn("Number", 12),
        ListColumn("Arrived", 18),
        ListColumn("Name", share=50),
        ListColumn("Born", 12),
        ListColumn("Complaint"),
    )
    EMPTY = "Nothing is set aside."

    def query_items(self) -> list[Aside]:
        return listing.set_aside(self.desk.store, self.desk.actor)

    def above(self) -> str:
        return (
            "Each row has a number that belongs to another child. Ask the hospital if it is not clear."
            if self.item
            else ""
        )

    def take(self, items: Sequence[Aside], marked: int | None = None) -> None:
        super().take(items, marked)
        self.marked_another()

    def marked_another(self) -> None:
        super().marked_another()
        self.say(self.item.why if self.item else "")

    def cells(self, item: Aside) -> tuple[str, ...]:
        when = moment_words(item.arrived) if item.arrived else "an adult"
        complaint = " ".join(item.complaint.split())
        born = shown_day(date.fromisoformat(item.birth_date)) if item.birth_date else "–"
        return item.number, when, item.name or "–", born, complaint

    def _read(self, text: str) -> None:
        """Shows what is left, and the result of a key."""
        self.read()
        self.say(text)

    async def action_own(self) -> None:
        row = self.item
        if row is None:
            self._read("Nothing is set aside; nothing was changed.")
            return
        try:
            words = await self._apart(row)
        except Refusal as refused:
            words = str(refused)
        self._read(words)

    async def _apart(self, row: Aside) -> str:
        """Brings the row in under its own number."""
        store, actor = self.desk.store, self.desk.actor
        sent = json.loads(row.sent or "{}")
        into = io.StringIO()
        csv.writer(into).writerows([list(sent), list(sent.values())])
        own = headings.of_site(store, row.site)
        reading = of_bytes(into.getvalue().encode(), "set aside", listing.local_now(store), own)
        found = [each for each in reading.rows if isinstance(each, Attendance)]
        if not found:
            return "Nothing else is kept about an adult; drop it, or ask the hospital for a corrected list."
        number = f"{row.number}{APART}"
        apart = [placed(each, row.site, number) for each in found[:1]]
        importing.bring_in(store, actor, [Listed("set aside", apart)], row.site)
        await wrap_future(reviewing.decide_set_aside(store, actor, row.id, "own"))
        return f"Brought in as {number}."

    async def action_drop(self) -> None:
        row = self.item
        if row is None:
            self._read("Nothing is set aside; nothing was changed.")
        else:
            words = "Dropped. The ledger still shows that it was there."
            try:
                await wrap_future(
                    reviewing.decide_set_aside(self.desk.store, self.desk.actor, row.id, "dropped")
                )
            except Refusal as refused:
                words = str(refused)
            self._read(words)
