"""The kinds of record of the ED safety net (see records.py)."""

from spoc.model.attendance.row import FIELDS as ATTENDED
from spoc.model.ledger.table import Column, Table, table


def safety_net(followed: tuple[Column, ...]) -> tuple[Table, ...]:
    """The tables of the ED safety net: lists, attendances, reviews, shares, letters, coverage.
    ``followed`` are the columns of everything that is followed up."""
    attendance = Column("attendance", "ref", indexed=True)
    sealed = Column("sealed", "ref")  # the restricted attendance it belongs to; else empty
    return (
        table(
            "attendance",  # its id is made from site and number
            Column("site"),
            Column("number"),
            *(Column(each, indexed=each in ("nhs_number",)) for each in ATTENDED),
            Column("sent", "word"),  # the row as the hospital sent it, JSON
            Column("notes"),
            Column("rank", "int"),  # its place on the worklist
            Column("flags", "many"),
            Column("marks", "many"),  # the marks of the rows that were used (see model.attendance.reconcile)
            Column("lists", "many"),  # the intakes with rows that made or changed it
            Column("adult", "flag"),  # nothing else is kept about an adult
            Column("parent", "flag"),  # an adult who is shown as parent or pregnant
            Column("person", "ref", indexed=True),
            Column("reviewed", "ref"),  # the current review; empty while it waits
            Column("reopened"),  # why it waits again after a review
            Column("taken_by", "ref"),
            Column("taken_at", "instant"),
            Column("contacts", "many"),  # the contacts opened from its review (ids)
            Column("late_why"),  # why it was not reviewed in time
            Column("closed_to"),  # who may see it, if it is restricted (ids)
            Column("concern", "flag"),  # whether a restricted one has flags, which are sealed
            sealed,
            when="arrived",
            tells=("site", "complaint", "diagnosis"),
        ),
        table(
            "intake",
            Column("at", "instant"),
            Column("files"),
            Column("site"),
            Column("state", "word"),  # running, done, cancelled, withdrawn
            Column("summary", "word"),  # JSON
            Column("why"),  # of a withdrawal
        ),
        table(
            "listing",  # what one list contained for one site and day
            Column("intake", "ref", indexed=True),
            Column("site"),
            Column("day", "day", indexed=True),
            Column("first"),
            Column("last"),
            Column("records", "int"),
            Column("children", "int"),
            Column("numbers", "word"),  # JSON
        ),
        table(
            "set_aside",  # a row with a number that belongs to somebody else
            attendance,
            Column("intake", "ref", indexed=True),
            Column("site"),
            Column("number"),
            *(Column(each) for each in ("arrived", "name", "nhs_number", "birth_date", "complaint")),
            Column("sent", "word"),
            Column("why"),
            Column("decided", "word"),
            sealed,
            owner="attendance",
        ),
        table(
            "review",
            attendance,
            Column("at", "instant"),
            Column("disposition", "code", codes="disposition"),
            Column("basis", "word"),  # list, record
            Column("note"),
            Column("one_key", "flag"),  # its checklist was not gone through
            Column("flags", "many"),  # the flags that its review was about
            *(Column(f"item_{n}", "word") for n in range(1, 9)),  # raised, nothing; empty if not looked at
            Column("contact", "ref", indexed=True),
            sealed,
            owner="attendance",
            when="at",
            tells=("disposition", "note"),
        ),
        table(
            "attendance_action",  # what its review agreed, with owner and time
            attendance,
            Column("code", "code", codes="action"),
            Column("at", "instant"),
            Column("who"),
            Column("due"),
            Column("due_at", "instant"),
            *followed,
            sealed,
            owner="attendance",
            when="at",
            tells=("code", "who"),
        ),
        table(
            "share",
            attendance,
            Column("to_whom", "code", codes="told"),
            Column("copied_at", "instant"),
            Column("sent_at", "instant"),
            Column("address"),
            sealed,
            owner="attendance",
            when="sent_at",
            tells=("to_whom",),
        ),
        table("letter", attendance, Column("kind", "word"), Column("at", "instant"), Column("text"),
              Column("why"),  # it went to the family of a child who has died
              sealed, owner="attendance", when="at", tells=("kind", "why")),
        table("coverage", Column("site"), Column("day", "day", indexed=True), Column("state", "word"), Column("why")),
        table("heading", Column("site"), Column("word"), Column("field", "word")),
    )  # fmt: skip
