"""Telling others of an attendance: shares copied, then sent; letters written. Only what was sent is told."""

from collections.abc import Sequence
from concurrent.futures import Future

from spoc.model.attendance import sharing
from spoc.model.attendance.letters import Written as Letter
from spoc.model.attendance.letters import offered
from spoc.model.attendance.sharing import Told
from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.records import Value
from spoc.model.rules.access import require
from spoc.model.values.instants import utc_text
from spoc.storage.attendances import listing
from spoc.storage.attendances.holding import history
from spoc.storage.attendances.reviewing import change
from spoc.storage.attendances.showing import Shown
from spoc.storage.contacts import guidance_facts, sheets
from spoc.storage.driver import Database
from spoc.storage.ledger import append as ledger
from spoc.storage.ledger.append import Written
from spoc.storage.store import Store


def text(store: Store, actor: Actor, team: str, shown: Sequence[Shown]) -> str:
    """What one team is told of these attendances."""
    told = [
        Told(each.fields, _site(store, each), each.line.number, each.flags, each.line.disposition,
             each.reviews[0].note if each.reviews and not each.reviews[0].void else "")
        for each in shown
    ]  # fmt: skip
    label = store.pack.label("told", team)
    return sharing.text(label, told, store.settings.get("service", "the service"), actor.name)


def subject(store: Store, team: str, count: int, address: str) -> str:
    """The subject line of a share: nobody's name, and ``[secure]`` where the address needs it."""
    accredited = store.settings.get("accredited_domains", "").split()
    return sharing.subject(store.pack.label("told", team), count, address, accredited)


def copied(store: Store, actor: Actor, team: str, records: Sequence[bytes]) -> "Future[Written]":
    """Record that the text for a team was copied, for each of these attendances. That tells nobody yet."""
    require(actor.role, "attendance.review")
    if store.pack.find("told", team) is None:
        raise BadInput("Choose a team from the list; nothing was recorded.")
    commands = []
    for record in records:
        said: dict[str, Value] = {
            "attendance": record.hex(),
            "to_whom": team,
            "copied_at": utc_text(store.now()),
        }
        commands.append(Command("share", ledger.new_id(store.now()), said))
    return store.act(actor, commands)


def sent(store: Store, actor: Actor, share: bytes, address: str) -> "Future[Written]":
    """Record that a share was sent, and to which address. BadInput without one."""
    require(actor.role, "attendance.review")
    if not address.strip():
        raise BadInput("Say to which address it was sent, or by what means. Nothing was recorded.")

    def job(db: Database) -> Written:
        said: dict[str, Value] = {"sent_at": utc_text(store.now()), "address": address.strip()}
        return store.append(db, actor, [change(db, "share", share, said)])

    return store.submit(job)


def unsent(store: Store, actor: Actor) -> list[tuple[bytes, bytes, str, str]]:
    """The shares that were copied and not sent, oldest first: share, attendance, team, when copied."""
    require(actor.role, "attendance.list")
    return list(
        store.reader.conn.execute(
            "SELECT share.id, attendance, to_whom, copied_at FROM share JOIN attendance ON attendance.id = attendance"
            " WHERE sent_at IS NULL AND share._void = 0 AND attendance._void = 0 ORDER BY copied_at"
        ).fetchall()
    )


def letters(store: Store, actor: Actor, shown: Shown) -> list[Letter]:
    """The letters that an attendance offers, or why one must not be written."""
    require(actor.role, "attendance.review")
    return offered(
        shown.fields,
        store.pack.book,
        history(store.reader, shown.fields),
        listing.local_now(store),
        site=_site(store, shown),
        service=store.settings.get("service", ""),
        by=actor.name,
        do_not_tell=_not_to_be_told(store, actor, shown),
    )


def write_letter(store: Store, actor: Actor, shown: Shown, letter: Letter) -> "Future[Written]":
    """Record that a letter was written, with its text. BadInput where it must not be."""
    require(actor.role, "attendance.review")
    if letter.refused:
        raise BadInput(letter.refused)
    said: dict[str, Value] = {
        "attendance": shown.line.id.hex(),
        "kind": letter.letter.code,
        "at": utc_text(store.now()),
        "text": letter.text,
    }
    return store.act(actor, [Command("letter", ledger.new_id(store.now()), said)])


def _site(store: Store, shown: Shown) -> str:
    label = store.pack.label("service", shown.line.site)
    inside = label.partition(",")[2].partition("(")[0].strip()
    return inside or shown.line.site


def _not_to_be_told(store: Store, actor: Actor, shown: Shown) -> bool:
    """Whether a contact about this child holds a reason not to tell the family."""
    for contact, _, _ in shown.contacts:
        sheet = sheets.sheet_of(store, actor, contact)
        if guidance_facts.guided(store, sheet).hides:
            return True
    return False
