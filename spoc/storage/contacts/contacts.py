"""Contacts: the acts that write them, one function per act; the functions that read them are imported here too."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime

from spoc.model.errors import BadInput
from spoc.model.forms.form_input import labels
from spoc.model.forms.sheet import Sheet, not_taken, without_typed
from spoc.model.forms.sheet_commands import Writing, written
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.table import Value
from spoc.model.rules import recipients
from spoc.model.rules.access import require
from spoc.model.rules.guiding.guiding import Guided, outcomes
from spoc.storage.contacts import outcomes as told
from spoc.storage.contacts import raised_stops
from spoc.storage.contacts.call import claims, drafts, guidance_facts
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.contacts.reading import finding
from spoc.storage.contacts.reading.parts import Part as Part
from spoc.storage.contacts.reading.parts import get as get
from spoc.storage.contacts.reading.rows import authors as authors
from spoc.storage.contacts.reading.rows import by_id as by_id
from spoc.storage.contacts.reading.rows import count_since as count_since
from spoc.storage.contacts.reading.rows import recent as recent
from spoc.storage.contacts.reading.rows import still_open as still_open
from spoc.storage.driver import Database
from spoc.storage.ledger import append
from spoc.storage.secrecy import restricted, sealed_acts
from spoc.storage.store import Store

find, add_outcome = finding.all_near, told.add  # reading and writing, under one name


def close(
    store: Store, actor: Actor, draft: Draft, sheet: Sheet, now: Guided | None = None
) -> "Future[append.WrittenAct]":
    """Closes the contact: one act, which also ends the draft. The contact has the draft's id. ``now`` is
    what guides the sheet, if that is already known.

    Raises BadInput with the first thing that is missing; NotAllowed by role. The future holds BadInput if
    it was closed at this desk: two people may have had its draft open. If another desk closed it meanwhile, what
    was typed here is added to it.
    """
    require(actor.role, "contact.log")
    now = now or guidance_facts.guided(store, sheet)
    missing = guidance_facts.missing(store, sheet, now)
    lacks = [each for each in missing if each.stop or not sheet.closed_anyway]
    if lacks:
        raise BadInput(f"{lacks[0].sentence} The contact is kept as a draft.")
    whole = _whole(store, sheet)
    sealed = recipients.reasons(whole, store.pack, now.facts if whole is sheet else None)
    whole = replace(whole, prompts=outcomes(sheet, now))
    return _write(store, actor, draft, whole, bool(sealed), closed=True)


def leave_open(
    store: Store, actor: Actor, draft: Draft, sheet: Sheet
) -> "Future[append.WrittenAct]":
    """Turns a draft into an open contact that every colleague sees: one act, which also ends the draft.

    What was typed and not taken goes into its note, so that nothing is lost.
    """
    require(actor.role, "contact.log")
    whole = _whole(store, sheet)
    sealed = recipients.reasons(whole, store.pack)
    return _write(store, actor, draft, whole, bool(sealed), closed=False)


def _whole(store: Store, sheet: Sheet) -> Sheet:
    """The sheet with what was typed and not taken added to its note."""
    named = labels(store.form)
    typed = [
        " of ".join(filter(None, (named.get(slot, slot), store.pack.label("action", owner))))
        + f": {text}"
        for slot, owner, text in not_taken(sheet)
        if text.strip()
    ]
    if not typed:
        return sheet
    notes = "\n".join(filter(None, [sheet.notes, *typed]))
    return replace(without_typed(sheet), notes=notes)


def _write(
    store: Store, actor: Actor, draft: Draft, sheet: Sheet, sealed: bool, *, closed: bool
) -> "Future[append.WrittenAct]":
    now = store.now()
    by = writing_by(store, draft.id, draft.actor, now, sealed=sealed)
    before = sheet.kept.get("contact", {}).get(draft.id.hex())

    def changes(already: bool) -> list[Command]:
        """What differs from what was shown; ``already`` if another desk has closed the contact meanwhile."""
        commands = written(sheet, by, closed=closed and not already)
        said = any(each.tbl == "contact" for each in commands)
        if before and not (closed or already or said):
            # the other desks hear that nobody has it open any more
            on = {name: ids for name, ids in before.heads.items() if name == "advisor"}
            advisor = {"advisor": draft.actor.hex()}
            commands.append(Command("contact", draft.id, advisor, on, claims.PUT_BACK))
        if draft.actor == actor.id:
            return commands
        # The person handing on signs; the words remain those of their author.
        typed = {"author": draft.actor.hex()}
        return [
            replace(each, fields={**each.fields, **typed}) if each.tbl == "note" else each
            for each in commands
        ]

    def job(db: Database) -> append.WrittenAct:
        already = is_closed(db, draft.id)
        if already and not drafts.is_in_use(db, draft.id):
            raise BadInput("This contact is already closed; it was not written again.")
        commands = changes(already)
        if sealed:
            drafts.leave_nothing_clear(store, db, draft.id)
            done = sealed_acts.write(
                store,
                db,
                actor,
                draft.id,
                commands,
                now,
                advisor=draft.actor,
                sheet=sheet,
            )
        else:
            done = store.append(db, actor, commands, now)
        drafts.end(db, draft.id)
        return done

    return store.submit(job)


def writing_by(
    store: Store, contact: bytes, advisor: bytes, now: datetime, *, sealed: bool
) -> Writing:
    """Who writes a contact and when, by the hours and the pack in force."""
    return Writing(
        contact.hex(),
        advisor.hex(),
        now,
        store.hours,
        lambda: append.new_id(now),
        store.pack.guide,
        store.pack.by_code("action"),
        sealed,
    )


def is_closed(db: Database, contact: bytes) -> bool:
    """Whether a contact is in the store and closed."""
    return bool(
        db.conn.execute(
            "SELECT 1 FROM contact WHERE id = ? AND closed_at IS NOT NULL", (contact,)
        ).fetchone()
    )


def amend(
    store: Store, actor: Actor, part: Part, fields: Mapping[str, Value], why: str
) -> "Future[append.WrittenAct]":
    """Changes fields of one record of a contact, on top of what was shown; both versions stay.

    Raises BadInput if no reason is given, or if the record is not the restricted contact's own.
    """
    require(actor.role, "contact.amend")
    if not why.strip():
        raise BadInput("Say why: an amendment needs a reason. Nothing was changed.")
    if part.of and not part.values.get("sealed"):
        raise BadInput(
            "The desk knows this person from elsewhere: what is changed here would be seen there. Add a note "
            "instead, or amend it in an open contact. Nothing was changed."
        )
    if recipients.ABOUT in fields:
        text = recipients.parse_about(
            str(fields[recipients.ABOUT] or ""), restricted.users(store.reader)
        )
        fields = {**fields, recipients.ABOUT: text}
    parents = {name: part.heads[name] for name in fields if name in part.heads}
    change = Command(part.tbl, part.id, fields, parents, why.strip())
    contact = part.of or (part.id if part.tbl == "contact" else part.values.get("contact"))
    if contact is None:
        return store.act(actor, [change])
    sheet = recipients.sheet_of(part.values, store.form, fields) if part.tbl == "contact" else None
    if sheet and recipients.reasons(sheet, store.pack):
        about, begun = recipients.about(sheet, store.pack), part.values["advisor"]
        return store.submit(
            lambda db: sealed_acts.write(
                store, db, actor, part.id, [change], advisor=begun or b"", about=about
            )
        )
    return store.submit(
        lambda db: raised_stops.amending(
            store, db, actor, contact,
            lambda: sealed_acts.append(store, db, actor, contact, [change]),
        )
    )  # fmt: skip


def add_note(store: Store, actor: Actor, contact: bytes, text: str) -> "Future[append.WrittenAct]":
    """Adds a note, with its own time and author. Raises BadInput if it is empty."""
    require(actor.role, "contact.amend")
    if not text.strip():
        raise BadInput("The note is empty; nothing was added.")
    fields: dict[str, Value] = {"contact": contact.hex(), "text": text}
    added = Command("note", append.new_id(store.now()), fields)
    return store.submit(lambda db: sealed_acts.append(store, db, actor, contact, [added]))
