"""Numbers that others supply, as records: typed in or read from a file, and corrected like any record."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Value
from spoc.model.measures.measure import SUPPLIED, Measure, digits
from spoc.model.measures.period import Span
from spoc.model.rules.access import require
from spoc.model.values.dates import quoted
from spoc.storage.driver import Database
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.store import Store


@dataclass(frozen=True, slots=True)
class Supplied:
    """What somebody supplied for a period: a number, or a numerator and a denominator."""

    span: Span
    value: float | None
    numerator: int | None
    denominator: int | None
    supplier: str
    dated: str
    part: str = ""  # the service, if it is supplied by service


def latest_parts(store: Store, measure: Measure) -> dict[str, float]:
    """What was supplied for each service, for its latest period."""
    rows = store.reader.conn.execute(
        "SELECT part, value FROM supplied WHERE series = ? AND _void = 0 AND part <> '' AND value IS NOT NULL"
        " ORDER BY end, start",
        (measure.code,),
    )
    return {part: float(value) for part, value in rows}


def every(store: Store, actor: Actor) -> list[tuple[Measure, Supplied | None]]:
    """Each series that others supply, with its numbers for the latest period."""
    require(actor.role, "report.view")
    found = []
    for measure in store.pack.counting.measures.values():
        if measure.origin == SUPPLIED:
            numbers = series(store, measure)
            found.append((measure, numbers[-1] if numbers else None))
    return found


def series(store: Store, measure: Measure) -> list[Supplied]:
    """Everything supplied for a measure, earliest first."""
    rows = store.reader.conn.execute(
        "SELECT start, end, period, value, numerator, denominator, supplier, dated FROM supplied"
        " WHERE series = ? AND _void = 0 AND coalesce(part, '') = '' ORDER BY start, end",
        (measure.code,),
    )
    return [
        Supplied(
            Span(date.fromisoformat(start), date.fromisoformat(end), period, period),
            float(value) if value else None,
            numerator,
            denominator,
            supplier or "",
            dated or "",
        )
        for start, end, period, value, numerator, denominator, supplier, dated in rows
    ]


def count_known(store: Store, measure: Measure, numbers: Sequence[Supplied]) -> int:
    """How many of these periods already have a number."""
    ids = [record_of(measure, each.span, each.part) for each in numbers]
    marks = ", ".join("?" * len(ids))
    row = store.reader.conn.execute(f"SELECT count(*) FROM supplied WHERE id IN ({marks})", ids)
    return int(row.fetchone()[0])


def add(
    store: Store, actor: Actor, measure: Measure, numbers: Sequence[Supplied], why: str = ""
) -> "Future[WrittenAct]":
    """Writes what was supplied. A period that already has a number is corrected, with a reason; both versions
    stay. Raises BadInput if the desk counts the measure itself, a number is missing, or a correction has no
    reason.
    """
    require(actor.role, "report.decide")
    if measure.origin != SUPPLIED:
        raise BadInput(
            f"The desk counts {quoted(measure.title)} itself; nothing was added. Only supplied series are typed in."
        )
    for each in numbers:
        _check(store, measure, each)

    def job(db: Database) -> WrittenAct:
        commands = []
        for each in numbers:
            record = record_of(measure, each.span, each.part)
            value = db.conn.execute(
                "SELECT _heads FROM supplied WHERE id = ?", (record,)
            ).fetchone()
            if value and not why.strip():
                raise BadInput(
                    f"{measure.title} is there for {each.span.code} already; nothing was changed. Say why it is corrected."
                )
            fields: dict[str, Value] = {
                "series": measure.code,
                "part": each.part,
                "period": each.span.code,
                "start": each.span.start.isoformat(),
                "end": each.span.end.isoformat(),
                "value": digits(each.value) or None,
                "numerator": each.numerator,
                "denominator": each.denominator,
                "supplier": each.supplier,
                "dated": each.dated,
            }
            on = json.loads(value[0]) if value else {}
            commands.append(
                Command(
                    "supplied", record, fields, {k: tuple(v) for k, v in on.items()}, why.strip()
                )
            )
        return store.append(db, actor, commands)

    return store.submit(job)


def _check(store: Store, measure: Measure, number: Supplied) -> None:
    if bool(number.part) != bool(measure.by):
        how = "needs its service: add --of CODE" if measure.by else "is not by service"
        raise BadInput(f"{measure.title} {how}; nothing was added.")
    if number.part and store.pack.find(measure.by[0], number.part) is None:
        raise BadInput(
            f"{quoted(number.part)} is not a code of {measure.by[0]}; nothing was added."
        )
    if not number.supplier.strip() or not number.dated:
        raise BadInput("Say who supplied it and which day it refers to; nothing was added.")
    if measure.is_share:
        if number.numerator is None or not number.denominator:
            raise BadInput(
                f"{measure.title} is a percentage: give numerator and denominator; nothing was added."
            )
        if not 0 <= number.numerator <= number.denominator:
            raise BadInput("The numerator lies between 0 and the denominator; nothing was added.")
    elif number.value is None or number.value < 0:
        raise BadInput(f"{measure.title} needs a value of 0 or more; nothing was added.")


def record_of(measure: Measure, span: Span, part: str = "") -> bytes:
    """The id of the record for a period: the same on every desk."""
    of = f":{part}" if part else ""
    named = f"supplied:{measure.code}:{span.start}:{span.end}{of}"
    return hashlib.sha256(named.encode()).digest()[:16]
