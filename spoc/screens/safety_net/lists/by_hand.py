"""Adding a child by hand: read by the same rules as a row of a list, and brought in the same way."""

import csv
import io
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from textual.screen import Screen

from spoc.intake.reading import of_bytes
from spoc.model.attendance.review import BY_HAND
from spoc.model.attendance.row import Rejected
from spoc.model.errors import BadInput
from spoc.model.forms.forms import Field
from spoc.screens.contacts.record import RecordScreen
from spoc.storage.attendances import importing, listing
from spoc.storage.attendances.importing import Listed
from spoc.storage.desk import Desk

_SITE = Field(
    "site", "Site", "text", row=0, hint="The department: ED-MPH.", needed="type the department"
)


def by_hand(screen: Screen[Any], desk: Desk, then: Callable[[str | None], None]) -> None:
    """Asks for the least that makes an attendance, and brings it in."""

    def write(fields: Mapping[str, str]) -> "Future[Any]":
        done: Future[Any] = Future()
        done.set_result(bring_in(desk, fields))
        return done

    def after(written: bool | None) -> None:
        then("Added by hand." if written else None)

    screen.app.push_screen(RecordScreen(desk, "A child by hand", (_SITE, *BY_HAND), write), after)


def bring_in(desk: Desk, fields: Mapping[str, str]) -> int:
    """Brings in one child as typed. Raises BadInput with what is wrong."""
    names = [field.key for field in BY_HAND]
    into = io.StringIO()
    csv.writer(into).writerows([names, [fields.get(name, "") for name in names]])
    reading = of_bytes(into.getvalue().encode(), "by hand", listing.local_now(desk.store))
    rows = list(reading.rows)
    wrong = next((each.reason for each in rows if isinstance(each, Rejected)), "")
    if wrong or not rows:
        raise BadInput(f"Not added: {wrong or 'nothing was typed'}. What you typed is still here.")
    run = importing.bring_in(
        desk.store, desk.actor, [Listed("by hand", rows)], fields["site"].strip()
    )
    if run.summary.conflicts:
        raise BadInput(
            "Not added: another child already has this attendance number. It is set aside."
        )
    return run.summary.done
