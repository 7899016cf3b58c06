"""What two desks do to one record before either has heard of the other."""

import pytest
from carrying import add_child
from samples import ADVISOR
from sync.seats import Seats
from sync.test_rules import agree, two

from spoc.intake.reading import of_bytes
from spoc.model.attendance.review import Review
from spoc.model.errors import BadInput
from spoc.storage.attendances import importing, listing, reviewing, showing, withdrawing
from spoc.storage.attendances.importing import Listed
from spoc.storage.contacts import contacts, corrections
from spoc.storage.contacts.reading.parts import Part
from spoc.storage.desk import Desk
from spoc.storage.desks import conflicts
from spoc.storage.persons import links

__all__ = ["two"]


def test_taken_out_at_one_desk_and_changed_at_another_stays_until_somebody_decides(
    two: Seats,
) -> None:
    one, other = two.desks
    (contact,) = [each.id for each in contacts.still_open(one.store, ADVISOR)]
    contacts.add_note(one.store, ADVISOR, contact, "Rang the ward.").result()
    agree(two)

    def notes(desk: Desk) -> list[Part]:
        every = contacts.get(desk.store, ADVISOR, contact)
        return [x for x in every if x.tbl == "note" and "Rang the" in x.values["text"]]

    corrections.take_out(one.store, ADVISOR, contact, notes(one)[0], "wrong contact").result()
    said = {"text": "Rang the ward twice."}
    contacts.amend(other.store, ADVISOR, notes(other)[0], said, "again").result()
    agree(two)
    for desk in two.desks:
        (conflict,) = conflicts.open_conflicts(desk.store, ADVISOR)
        assert conflict.field == "_void" and notes(desk)[0].values["text"] == said["text"]
    conflicts.decide(one.store, ADVISOR, conflict, True).result()
    agree(two)
    for desk in two.desks:
        assert conflicts.open_conflicts(desk.store, ADVISOR) == []
        assert not notes(desk)
    with pytest.raises(BadInput, match="Somebody changed it"):
        conflicts.decide(other.store, ADVISOR, conflict, False).result()


def test_a_list_withdrawn_at_one_desk_leaves_what_another_reviewed_meanwhile_until_somebody_decides(
    two: Seats,
) -> None:
    one, other = two.desks
    night = "Attendance Number,Surname,Forename,DOB,Arrival,Presenting complaint\n" + "\n".join(
        f"{number},Elm,{name},19/07/2026,19/11/2026 20:10,fell"
        for number, name in (("N1", "Ida"), ("N2", "Al"))
    )
    rows = of_bytes(night.encode(), "list", listing.local_now(one.store)).rows
    importing.bring_in(one.store, ADVISOR, [Listed("list", rows)], "ED-MPH")
    agree(two)
    (intake,) = withdrawing.imports(one.store, ADVISOR)
    assert withdrawing.withdraw(one.store, ADVISOR, intake.id, "another week").result().gone == 2
    line = listing.by_number(other.store, ADVISOR, "N1")[0]
    review = Review("shared", "record", {3: "raised", 8: "nothing"})
    seen = showing.get(other.store, ADVISOR, line.id)
    reviewing.dispose(other.store, ADVISOR, seen, review).result()
    agree(two)
    for desk in two.desks:
        assert listing.by_number(desk.store, ADVISOR, "N1") and not listing.by_number(
            desk.store, ADVISOR, "N2"
        )
        (conflict,) = (
            each
            for each in conflicts.open_conflicts(desk.store, ADVISOR)
            if each.tbl == "attendance"
        )
        assert conflict.field == "_void" and conflict.record == line.id


def test_links_that_go_round_in_a_circle_show_one_child_and_each_is_undone_alone(
    two: Seats,
) -> None:
    one, other = two.desks
    (contact,) = [each.id for each in contacts.still_open(one.store, ADVISOR)]
    add_child(one.store, contact, "Ty Brook")
    add_child(one.store, contact, "Kit Reed")
    agree(two)
    a, b, c = [
        each
        for (each,) in one.store.reader.conn.execute(
            "SELECT DISTINCT person FROM contact_person WHERE part = 'child' AND _void = 0 ORDER BY person"
        ).fetchall()
    ][:3]
    links.link(one.store, ADVISOR, a, b, "same").result()
    links.link(other.store, ADVISOR, b, a, "same").result()
    links.link(one.store, ADVISOR, b, c, "same").result()
    links.link(other.store, ADVISOR, c, a, "same").result()
    agree(two)
    for desk in two.desks:
        assert {*links.linked_records(desk.store.reader, a)} == {a, b, c}
    tied = links.links(one.store.reader, [a, b, c])
    assert len(tied) == 4
    for each in tied:
        links.undo(one.store, ADVISOR, "person_link", each[0], "not so").result()
    agree(two)
    assert {*links.linked_records(other.store.reader, a)} == {a}
