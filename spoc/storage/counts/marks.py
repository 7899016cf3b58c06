"""Notes on charts, and decisions to begin a new phase: records with an author, a day and a reason."""

from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.measures.measure import Measure
from spoc.model.rules.access import require
from spoc.storage.contacts import contacts
from spoc.storage.ledger import append
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.store import Store

NOTE, REBASE = "note", "rebase"


@dataclass(frozen=True, slots=True)
class Mark:
    """A note on a day of a chart, or a new phase that begins with it."""

    kind: str
    day: date
    why: str
    by: str

    @property
    def words(self) -> str:
        begins = "new limits from here; " if self.kind == REBASE else ""
        return f"{begins}{self.why} ({self.by})"


def of(store: Store, measure: str) -> list[Mark]:
    """The marks of a measure, by day."""
    names = contacts.authors(store)
    rows = store.reader.conn.execute(
        "SELECT kind, day, why, decided_by, _by FROM chart_mark WHERE measure = ? AND _void = 0"
        " ORDER BY day, _hlc, id",
        (measure,),
    )
    return [
        Mark(kind, date.fromisoformat(day), why or "", decided or names.get(by, "unknown"))
        for kind, day, why, decided, by in rows
    ]


def annotate(
    store: Store, actor: Actor, measure: Measure, day: date, why: str
) -> "Future[WrittenAct]":
    """Notes on a chart what happened on a day. Raises BadInput if the note is empty."""
    return _write(store, actor, measure, NOTE, day, why, "")


def rebase(
    store: Store, actor: Actor, measure: Measure, day: date, why: str, decided_by: str
) -> "Future[WrittenAct]":
    """Begins a new phase on a day, which a named person decides for a reason. Raises BadInput."""
    if not decided_by.strip():
        raise BadInput("Say who decided it; the limits stay as they are.")
    return _write(store, actor, measure, REBASE, day, why, decided_by.strip())


def _write(
    store: Store, actor: Actor, measure: Measure, kind: str, day: date, why: str, decided: str
) -> "Future[WrittenAct]":
    require(actor.role, "report.decide")
    if not why.strip():
        raise BadInput("Say why; nothing was written on the chart.")
    fields = {
        "kind": kind,
        "measure": measure.code,
        "day": day.isoformat(),
        "why": why.strip(),
        "decided_by": decided,
    }
    return store.act(actor, [Command("chart_mark", append.new_id(store.now()), fields)])
