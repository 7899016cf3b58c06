"""A follow-up: something promised by a certain time, and its state.

It belongs to the team: anybody may claim it, keep it, put it off with a reason, hand it on, or say that it
was not done and why. Each of these is a new entry; the promise itself is never overwritten.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from spoc.model.forms.contact import due_of
from spoc.model.forms.forms import Field
from spoc.model.forms.sheet import Action
from spoc.model.rules.clock import Hours, shown_instant, to_local
from spoc.model.rules.codes import Code, Pack
from spoc.model.rules.due import explained
from spoc.model.values.dates import MONTHS, WEEKDAYS, counted
from spoc.model.values.instants import from_text, utc_text

HOLDER_FORM: tuple[Field, ...] = (
    Field("holder", "Held by", "text", row=1, hint="Name and role of whoever holds it until then.",
          needed="say who holds it while nobody is here"),
    Field("holder_bleep", "Reached on", "text", row=2, hint="Bleep or number.", needed="say how they are reached"),
    Field("holder_since", "Accepted at", "clock", row=3, hint="When they took it on: 1645.",
          needed="say when they took it on"),
    Field("safe_tonight", "Safe tonight", "code", "yes-no", row=4, needed="say whether the child is safe: yes or no"),
    Field("safe_with", "Who says so", "text", row=5, hint="Who told you whether the child is safe tonight?",
          needed="say who told you"),
)  # fmt: skip
_WHY = Field("why", "Because", "text", row=9, needed="say why")
NOT_DONE_FORM = (_WHY,)
SNOOZE_FORM = (
    Field("to", "Until", "text", row=1, hint="A time to come: 1430, mon 0900, 2h.", needed="say until when"),
    _WHY,
)  # fmt: skip
HANDING_FORM = (
    Field("to", "To", "text", row=1, hint="Name and role of one person.", needed="say to whom it goes"),
    _WHY,
)  # fmt: skip
KEPT, NOT_DONE, STOPPED = "kept", "not-done", "stopped"
OVERDUE, TODAY, TOMORROW, LATER, UNKNOWN = "overdue", "today", "tomorrow", "later", "not known"
LATE, OPEN = "late", "open"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One follow-up. ``tbl`` is its kind of record (``action``, ``clock``), ``code`` the pack's action,
    ``at`` when it was agreed; instants are UTC text or "", users are ids.

    It belongs to a contact, or to an attendance whose review agreed it; the other is b"".

    ``heads_text`` is ``heads`` as stored in the table (JSON), ``disputed`` the fields that two desks set
    differently; ``children``, ``caller`` and ``callback`` come from its contact.
    """

    tbl: str
    id: bytes
    contact: bytes
    attendance: bytes
    code: str
    at: str
    who: str
    due: str
    due_at: str
    ended: str = ""
    ended_at: str = ""
    ended_by: bytes = b""
    ended_why: str = ""
    claimed_by: bytes = b""
    claimed_at: str = ""
    snoozed_to: str = ""
    snoozed_why: str = ""
    due_was: str = ""
    due_why: str = ""
    holder: str = ""
    holder_bleep: str = ""
    holder_since: str = ""
    safe_tonight: str = ""
    safe_with: str = ""
    heads_text: str = field(default="{}", repr=False)
    disputed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    children: tuple[str, ...] = ()
    died: str = ""  # "DIED 2 Nov 2026" if a child of its contact has died
    caller: str = ""
    callback: str = ""
    restricted: bool = False

    @property
    def heads(self) -> Mapping[str, tuple[str, ...]]:
        """The heads of each field when it was read, for an act to name as what it replaces."""
        return {name: tuple(ids) for name, ids in json.loads(self.heads_text).items()}

    @property
    def owner(self) -> bytes:
        """The contact or the attendance that it belongs to."""
        return self.contact or self.attendance

    @property
    def wakes(self) -> datetime | None:
        """When somebody should look at it: its due time, or the time it was put off to."""
        return _instant(self.snoozed_to) or _instant(self.due_at)

    def state(self, now: datetime) -> str:
        """The part of the list that an open one belongs in: overdue, today, tomorrow, later, or not known."""
        at = self.wakes
        if at is None:
            return UNKNOWN
        if at < now:
            return OVERDUE
        days = (to_local(at).date() - to_local(now).date()).days
        return (TODAY, TOMORROW)[days] if days < 2 else LATER

    def verdict(self, now: datetime) -> str:
        """How it counts: kept, late, not-done, stopped or open; an open one past its time is also late.

        Putting it off changes nothing here: a promise is kept only by the time that was promised.
        """
        due = _instant(self.due_at)
        ended = _instant(self.ended_at)
        if self.ended in (NOT_DONE, STOPPED):
            return self.ended
        if self.ended:
            return LATE if due and ended and ended > due else KEPT
        return LATE if due and now > due else OPEN

    def when(self, now: datetime) -> str:
        """Its due time for a list: "overdue 2 h", "16:10", "Tue 09:00", "Tue 5 Jan"."""
        at = self.wakes
        if at is None:
            return UNKNOWN
        if at < now:
            late = now - at
            return f"overdue {_span(late)}" if late >= timedelta(minutes=1) else "due now"
        local = to_local(at)
        days = (local.date() - to_local(now).date()).days
        if days == 0:
            return f"{local:%H:%M}"
        weekday = WEEKDAYS[local.weekday()]
        if days < 7:
            return f"{weekday} {local:%H:%M}"
        year = f" {local.year}" if local.year != to_local(now).year else ""
        return f"{weekday} {local.day} {MONTHS[local.month - 1]}{year}"

    def closed(self, hours: Hours) -> str:
        """Why nobody is there at its due time, in words; "" if somebody is, or no time is known."""
        due = _instant(self.due_at)
        return hours.others.get(self.code, hours).why_closed(due) if due else ""

    def stops(self, pack: Pack) -> bool:
        """Whether it goes to the family of a child who has died: it then stops and asks."""
        known = pack.find("action", self.code)
        return bool(self.died) and to_family(known, self.who, pack.kinds.get("parent", ()))

    def asks_holder(self, hours: Hours, now: datetime) -> bool:
        """Whether it falls due while nobody is there, and it is not known who is responsible for it until
        then, or whether the child is safe."""
        due = _instant(self.due_at)
        lacks = not self.holder or not self.safe_tonight
        return bool(due and due >= now and not self.ended and lacks and self.closed(hours))


def without_holder(actions: Sequence[Action], hours: Hours) -> list[Action]:
    """The promises of a call that fall due while nobody is there, and that nobody is responsible for until
    then (W15)."""
    return [
        each
        for each in actions
        if not each.held.get("holder") and (found := due_of(each, hours)) and found.closed
    ]


def with_holder(
    actions: Sequence[Action], which: Sequence[Action], values: Mapping[str, str]
) -> tuple[Action, ...]:
    """The same promises, with the holder added to some of them: the fields of ``HOLDER_FORM``."""
    keys = {field.key for field in HOLDER_FORM}
    fields = {key: text.strip() for key, text in values.items() if key in keys and text.strip()}
    return tuple(
        replace(each, held=fields) if any(each is one for one in which) else each
        for each in actions
    )


def holder_fields(fields: Mapping[str, object]) -> dict[str, str]:
    """The fields of a record that say who holds the promise while nobody is there."""
    return {each.key: str(fields[each.key]) for each in HOLDER_FORM if fields.get(each.key)}


def holder_words(fields: Mapping[str, str], yes_no: Callable[[str], str]) -> str:
    """Who holds a promise while nobody is there, in words; "" if nobody does. ``yes_no`` gives the label of
    yes or no."""
    if not fields.get("holder"):
        return ""
    reached = [f"on {fields['holder_bleep']}"] if fields.get("holder_bleep") else []
    since = [f"since {fields['holder_since']}"] if fields.get("holder_since") else []
    parts = [" ".join(["until then held by", fields["holder"], *reached, *since])]
    if fields.get("safe_tonight"):
        by = f", confirmed by {fields['safe_with']}" if fields.get("safe_with") else ""
        parts.append(f"safe tonight: {yes_no(fields['safe_tonight']).lower()}{by}")
    return "; ".join(parts)


def to_family(code: Code | None, who: str, parents: Collection[str]) -> bool:
    """Whether a promise goes to the family: by its code, or because it is a call-back to somebody described
    by a word for a parent."""
    words = set(who.casefold().replace("'", " ").split())
    return code is not None and (code.family or (code.rings and bool(words & set(parents))))


def calendar_change(each: FollowUp, hours: Hours, now: datetime) -> dict[str, str | None]:
    """The fields that change when the calendar moves an open follow-up: its new due time, the former one and
    why. Empty if it has ended or is already late: its verdict stays."""
    if each.ended or not each.due or not each.at:
        return {}
    found = due_of(Action(each.code, due=each.due, at=each.at), hours)
    was = _instant(each.due_at)
    if found is None or found.at == was or (was and was <= now):
        return {}
    by = hours.others.get(each.code, hours)
    return {
        "due_at": utc_text(found.at) if found.at else None,
        "due_was": each.due_at or None,
        "due_why": explained(found.rule, found.start, by),
    }


def moved_words(each: FollowUp) -> str:
    """How the calendar moved it, from when to when and why; "" if it did not."""
    if not each.due_why:
        return ""
    was, now = _instant(each.due_was), _instant(each.due_at)
    before = shown_instant(was) if was else UNKNOWN
    return f"moved from {before} to {shown_instant(now) if now else UNKNOWN}: {each.due_why}"


def _instant(text: str) -> datetime | None:
    """A record's instant, or None if there is none or it cannot be read, so that one bad record does not stop
    a list."""
    try:
        found = from_text(text) if text else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _span(late: timedelta) -> str:
    if late < _HOUR:
        return f"{late // timedelta(minutes=1)} min"
    return f"{late // _HOUR} h" if late < 2 * _DAY else counted(late // _DAY, "day")
