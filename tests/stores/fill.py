"""Fill a store with this version and leave it in tests/stores/VERSION: `python tests/stores/fill.py`.

Run once for each release, never again: the stores must open, verify and be worked on for ever.
"""

import sys
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]

from samples import Clock, a_sheet  # noqa: E402

import spoc  # noqa: E402
from spoc.intake.reading import of_bytes  # noqa: E402
from spoc.model.attendance.review import Review  # noqa: E402
from spoc.model.forms.sheet import Action, Answer, Person, Sheet  # noqa: E402
from spoc.storage.attendances import importing, listing, reviewing, showing  # noqa: E402
from spoc.storage.attendances.importing import Listed  # noqa: E402
from spoc.storage.contacts import contacts, releases  # noqa: E402
from spoc.storage.contacts.call import drafts, sheets  # noqa: E402
from spoc.storage.ledger import audit  # noqa: E402
from spoc.storage.persons import statements  # noqa: E402
from spoc.storage.sealing import Cost  # noqa: E402
from spoc.storage.secrecy import form_drafts  # noqa: E402
from spoc.storage.set_up import prepare  # noqa: E402

PASSPHRASE = "a store from long ago"
CHEAP = Cost(8, 1, 1)  # the passphrase of a test store is no secret


def fill(folder: Path) -> None:
    """A service, its first advisor, and one of everything that can be written."""
    clock = Clock()
    prepared = prepare(
        folder, "Northshire safeguarding", "Northtown duty desk", "Ada Advisor", "advisor",
        PASSPHRASE, "somerset", cost=CHEAP, now=clock,
    )  # fmt: skip
    prepared.commit()
    desk = prepared.open(now=clock)
    store, actor = desk.store, desk.actor

    def closed(sheet: Sheet) -> bytes:
        draft = drafts.new(store, actor)
        contacts.close(store, actor, draft, sheet).result()
        clock.step(minutes=17)
        return draft.id

    values = {"service": "ED-MPH"}
    first = closed(a_sheet(clock(), values=values))
    closed(
        a_sheet(
            clock(), values=values, caller=Person("O'Brien, Zoë"), notes="[red]Bruise[/]\nseen by ward",
            children=(Person("Brook, Ty", "child", dob="2026-07-19", nhs_number="9990000026"),
                      Person("Brook, Lea", "child", dob="2026-07-19")),
        )
    )  # fmt: skip
    mother = Person("Lane, Kim", "adult", dob="1998-01-04")
    unborn = Person("Unborn baby of Lane, Kim", "unborn", edd="2027-02-12", mother=mother)
    promise = Action("verbal-csc-caller", "caller", "24h", a_sheet(clock()).opened_at)
    closed(
        a_sheet(clock(), values=values, children=(unborn,), identity="unborn", actions=(promise,))
    )
    closed(a_sheet(clock(), values=values, caller=Person(), children=(), identity="no-names"))
    told = {"impact": "In pain.", "mobility": "not-mobile", "voice": "observed"}
    asked = {
        "considered": Answer("answered", "yes"),
        "worry": Answer("unknown"),
        "needs": Answer("skipped"),
    }
    ada = Person("Ash, Ada", "child", dob="2026-06-01")
    closed(
        a_sheet(
            clock(), values=values | told, children=(ada,), answers=asked, closed_anyway="line cut"
        )
    )
    closed(
        a_sheet(
            clock(),
            values=values | {"restricted": "staff-allegation", "about_staff": "Sealed, Sam"},
            children=(Person("Sealed, Sol", "child"),),
            notes="Sealed words.",
        )
    )
    own = contacts.get(store, actor, first)[0]
    contacts.amend(
        store, actor, own, {"category": "neglect", "issues.wnb": True}, "rang back"
    ).result()
    contacts.add_note(store, actor, first, "A later note.").result()
    contacts.add_outcome(store, actor, first, "accepted-s17").result()
    said = {
        "body": "police",
        "asked_by": "DC Marsh",
        "basis": "assessment",
        "released": "Dates of two attendances.",
        "approved_by": "Dr Lowe",
    }
    releases.add(store, actor, first, said).result()
    audit.record(store, actor, "view", subject=first, purpose="desk").result()
    for name, left_open in (("Reed, Amy", False), ("Hill, Jo", True)):
        draft = drafts.new(store, actor)
        sheet = Sheet(draft.sheet.opened_at, caller=Person(name), pending={"service": "ward"})
        drafts.save(store, draft, sheet).result()
        if left_open:
            contacts.leave_open(store, actor, draft, replace(sheet, notes="half said")).result()
    taken = next(row for row in contacts.recent(store, actor) if row.open)
    sheets.take_over(store, actor, taken.id).result()
    listed = "Attendance Number,Surname,Forename,DOB,Arrival,Presenting complaint\nN1,Elm,Ida,19/07/2026,19/11/2026 20:10,fell"
    reading = of_bytes(listed.encode(), "list", listing.local_now(store))
    importing.bring_in(store, actor, [Listed("list", reading.rows)], "ED-MPH")
    shown = showing.get(store, actor, listing.by_number(store, actor, "N1")[0].id)
    review = Review("shared", "record", {3: "raised", 8: "nothing"})
    reviewing.dispose(store, actor, shown, review).result()
    child = next(each for each in contacts.get(store, actor, first) if each.part == "child")
    statements.add_member(store, actor, child.id, {"name": "Una", "relation": "mother"}).result()
    half = form_drafts.draft_of(actor.id, "AmendScreen", first.hex(), "")
    form_drafts.save(store, half, {"value": "Half a note."}).result()
    clock.step(minutes=5)
    desk.close()
    (folder / "spoc.lock").unlink(missing_ok=True)


if __name__ == "__main__":
    fill(HERE / spoc.__version__)
