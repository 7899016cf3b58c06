"""A contact tried against a pack: what fires, what its notes suggest, how it is read back. Nothing is saved."""

from dataclasses import dataclass
from typing import Any

from spoc.model.documents.contact_from_json import Rules, read
from spoc.model.documents.readback.readback import lines_of
from spoc.model.documents.readback.readback_words import Call
from spoc.model.forms.contact import missing_to_close
from spoc.model.rules.clock import Hours, to_local
from spoc.model.rules.guiding.guide import ASK, STOP, TELL
from spoc.model.rules.guiding.guiding import guided, suggested
from spoc.model.values.instants import from_text

_NOT_KEPT = "not kept"  # in place of the reference, which only a stored contact has


@dataclass(frozen=True, slots=True)
class Tried:
    """The result for a contact: codes of the prompts that fire, codes of the issues its notes suggest, the
    lines of its professional read-back."""

    stop: tuple[str, ...]
    ask: tuple[str, ...]
    tell: tuple[str, ...]
    suggested: tuple[str, ...]
    read_back: tuple[str, ...]


def tried(value: Any, rules: Rules, csc: Hours) -> Tried | list[str]:
    """The result for a contact in the form of "contact add", or every reason why it is not one. ``csc`` are
    the hours of social care."""
    contact = read(value, rules)
    if isinstance(contact, list):
        return contact
    sheet, pack = contact.sheet, rules.pack
    on = to_local(from_text(sheet.received_at)).date()
    now = guided(sheet, pack.guide, on)
    lacks = missing_to_close(sheet, pack, rules.form, on, now)
    call = Call(
        sheet=sheet,
        contact=_NOT_KEPT,
        advisor="",
        desk="",
        service="",
        form=rules.form,
        pack=pack,
        hours=rules.hours,
        csc=csc,
        guided=now,
        now=rules.now,
        lacks=lacks,
        closed=not lacks and not contact.open,
    )
    fired = {
        kind: tuple(each.code for each in now.fired if each.kind == kind)
        for kind in (STOP, ASK, TELL)
    }
    return Tried(
        **fired,
        suggested=tuple(each.code for each in suggested(sheet, pack, on)),
        read_back=tuple(lines_of(call, "professional")),
    )
