"""What is held of attendances, as an import and a review need it: by record, and by child."""

import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from spoc.model.attendance.flags import History
from spoc.model.attendance.reconcile import Held
from spoc.model.attendance.row import FIELDS
from spoc.storage.driver import Database


@dataclass(slots=True)
class Row:
    """An attendance as it stands, in the store or in this batch."""

    fields: dict[str, str]
    marks: list[str]
    adult: bool
    flags: list[str]
    heads: Mapping[str, Sequence[str]]
    reviewed: bool
    void: bool
    person: bytes | None = None

    @property
    def held(self) -> Held:
        return Held(self.fields, self.marks, self.adult)


_COLUMNS = ", ".join(f'"{name}"' for name in FIELDS)


def rows(db: Database, ids: Sequence[bytes]) -> Iterator[tuple[bytes, Row]]:
    marks = ", ".join("?" * len(ids))
    for record, seen, adult, flags, heads, reviewed, void, person, *values in db.conn.execute(
        f"SELECT id, marks, adult, flags, _heads, reviewed, _void, person, {_COLUMNS} FROM attendance"
        f" WHERE id IN ({marks})",
        list(ids),
    ).fetchall():
        fields = {name: value for name, value in zip(FIELDS, values, strict=True) if value}
        yield (
            record,
            Row(
                fields,
                json.loads(seen or "[]"),
                bool(adult),
                json.loads(flags or "[]"),
                json.loads(heads),
                reviewed is not None,
                bool(void),
                person,
            ),
        )


def history(db: Database, fields: Mapping[str, str], beside: Iterable[Row] = ()) -> History:
    """The child's earlier attendances in the store, and beside it in a batch, by number and date of birth."""
    number, born = fields.get("nhs_number"), fields.get("birth_date")
    if not number or not born:
        return History()
    rows = db.conn.execute(
        "SELECT arrived, site, flags FROM attendance"
        " WHERE nhs_number = ? AND birth_date = ? AND arrived < ? AND _void = 0",
        (number, born, fields["arrived"]),
    ).fetchall()
    earlier = {(arrived, site): json.loads(flags or "[]") for arrived, site, flags in rows}
    for each in beside:
        own = each.fields
        if own.get("nhs_number") == number and own["arrived"] < fields["arrived"]:
            earlier[own["arrived"], ""] = each.flags
    return History([(arrived, site, codes) for (arrived, site), codes in sorted(earlier.items())])


def person_of(db: Database, number: str, born: str, key: bytes) -> tuple[bytes, bool]:
    """Whom an attendance is attached to by itself: the person whose number and date of birth agree, and
    whether there is one. Of several that agree none is taken: then the id is b"".

    Where there is none, the id is that of a new one, the same on every desk of the service; it is keyed, so
    that nobody can tell the number by it.
    """
    rows = db.conn.execute(
        "SELECT id FROM person WHERE nhs_number = ? AND dob = ? AND _void = 0 AND sealed IS NULL",
        (number, born),
    ).fetchall()
    if len(rows) > 1:
        return b"", True
    if rows:
        return rows[0][0], True
    return hmac.digest(key, f"person\0{number}\0{born}".encode(), "sha256")[:16], False
