"""The head of a contact's page: who, what the worry is, and what was agreed, one row each."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.cells import cell_len

from spoc.model.followups.followup import KEPT, NOT_DONE
from spoc.model.forms.child import birth_words, child_of, number_words
from spoc.model.forms.sheet import NO_NAMES
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import Pack
from spoc.model.values.instants import from_text, utc_text
from spoc.screens.contacts.amend import Amendable
from spoc.screens.contacts.list_lines import when
from spoc.screens.contacts.page.page_lines import PageLine
from spoc.storage.contacts.call import claims
from spoc.storage.contacts.contacts import Part
from spoc.storage.desk import Desk
from spoc.storage.store import Store
from spoc.widgets.pages.cells import cropped, fitted, packed

PARTS = {"caller": "Caller", "child": "Child", "mother": "Mother"}
_WHAT, _WHO, _STATE = 50, 13, 22  # cells of a row of what was agreed


def claim_lines(desk: Desk, contact: bytes, is_open: bool) -> Iterator[PageLine]:
    """Who has an open contact open at another desk, if anybody is known to."""
    claim = claims.elsewhere(desk.store, desk.actor, contact) if is_open else None
    if claim is None:
        return
    has = "have" if claim.who == "You" else "has"
    since = when(claim.at, to_local(desk.store.now()).date())
    words = (
        f"{claim.who} at {claim.where} {has} had it open since {since}. Ring there first: g, twice, goes on with it "
        "here too, and what you then both write waits as a conflict."
    )
    yield PageLine("Open at", words, "bold $warning")


def who_lines(store: Store, parts: Sequence[Part], width: int) -> Iterator[PageLine]:
    """Each child, the worry, and who rang: names first, then what tells them apart."""
    own, pack = parts[0].values, store.pack
    on = to_local(from_text(own["received_at"] or parts[0].first_at)).date()
    for part in parts:
        if part.part == "child":
            child = child_of(part.values)
            born = birth_words(child, on)
            number = number_words(child) if part.values["nhs_number"] else ""
            cells = [part.values["name"], born, number]
            yield _row(store, part, "Child", "name", cells, width, "bold")
    if own.get("identity") == NO_NAMES:
        yield PageLine("Child", "no names given: n names the child once it is known", "bold")
    category = pack.label("category", own.get("category") or "")
    issues = [pack.label("issue", each) for each in own.get("issues") or ()]
    yield _row(store, parts[0], "Worry", "issues", [category, *issues], width)
    for part in parts:
        if part.part == "caller":
            role, service = pack.brief("role", own.get("role") or ""), own.get("service") or ""
            cells = [part.values["name"], role, pack.brief("service", service), own.get("callback")]
            yield _row(store, part, "Caller", "name", cells, width)


def agreed_lines(
    store: Store, parts: Sequence[Part], now: datetime, width: int
) -> Iterator[PageLine]:
    """What was agreed: a sign, what, who, and by when or what became of it."""
    label = "Agreed"
    for part in parts:
        if part.tbl == "action":
            sign, state = _state_of(part, now)
            what = min(_WHAT, max(12, width - 4 - _WHO - _STATE))
            words = _fits(store.pack, part.values["code"] or "", what)
            who = cropped(part.values["who"] or "", _WHO - 1)
            text = f"{sign} {fitted(words, what)} {fitted(who, _WHO)} {state}".rstrip()
            amends = _amends(store, part, "code", "Action")
            yield PageLine(label, text, "bold" if sign == "!" else "", amends)
            label = ""


def _state_of(part: Part, now: datetime) -> tuple[str, str]:
    """The sign and the words for an action's state; an action without a time was done in the call."""
    values, today = part.values, to_local(now).date()
    due = values.get("snoozed_to") or values.get("due_at")
    if values.get("ended"):
        at = when(values["ended_at"], today).strip() if values.get("ended_at") else ""
        sign, word = {KEPT: ("✓", "done"), NOT_DONE: ("✗", "not done")}.get(
            values["ended"], ("–", "dropped")
        )
        return sign, f"{word} {at}".strip()
    if not due:
        return "·", ""
    words = when(due, today).strip()
    return ("!", f"overdue, {words}") if due < utc_text(now) else ("●", f"by {words}")


def _fits(pack: Pack, code: str, room: int) -> str:
    """The label of an action, or the short one if that is too long for its column."""
    words = pack.label("action", code)
    return words if cell_len(words) <= room else pack.brief("action", code)


def _row(
    store: Store,
    part: Part,
    label: str,
    name: str,
    parts: Sequence[str | None],
    width: int,
    style: str = "",
) -> PageLine:
    text = "\n".join(packed([each for each in parts if each], width)) or "–"
    return PageLine(label, text, style, _amends(store, part, name, label))


def _amends(store: Store, part: Part, name: str, label: str) -> Amendable | None:
    column = store.tables[part.tbl].column(name)
    return Amendable(part, column, label) if column else None
