"""Contacts from other programs: one JSON object per contact. The way back is
``spoc.model.documents.contact_to_json``.

The keys are those of the form, so that a new field of the form can be used here at once; what a form shows
as several fields (the caller, a child, an action) is an object.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from functools import partial
from typing import Any

from spoc.model.documents import birth_from_json, child_from_json
from spoc.model.documents.child_from_json import ChildSaid
from spoc.model.documents.given_values import code_of, day, due_rule, instant
from spoc.model.errors import BadInput
from spoc.model.followups.followup import HOLDER_FORM
from spoc.model.forms.child import AGE, DOB, EDD, NUMBER, doubted
from spoc.model.forms.forms import Field
from spoc.model.forms.kinds import hours_code
from spoc.model.forms.sheet import NAMED, NO_NAMES, UNBORN, Action, Answer, Person, Response, Sheet
from spoc.model.hearing.code_match import ways
from spoc.model.rules.clock import Hours, shown_instant, to_local
from spoc.model.rules.codes import Pack
from spoc.model.rules.guiding.guiding import ANSWERED, DONE, NOT_KNOWN, OVERRIDDEN, SKIPPED
from spoc.model.values import nhs_number
from spoc.model.values.ages import age_of
from spoc.model.values.dates import quoted
from spoc.model.values.instants import utc_text
from spoc.model.values.jsontext import RepeatedKeys

OF_CALLER = {"service": "service", "role": "role", "phone": "callback", "verified": "verified"}
_OF_CHILD = ("name", "dob", "edd", "age", "age_on", "nhs_number", "in_doubt", "kind", "mother")
OF_CHILD = (*_OF_CHILD, *child_from_json.KEYS)
OF_MOTHER = ("name", "dob", "nhs_number")
OF_ACTION = ("code", "by", "due", "at", *(each.key for each in HOLDER_FORM))
_OWN = ("id", "reference", "ref", "open", "identity", "caller", "children")
_BY_KEY = ("text", "code", "many", "when", "age")
_GUIDING = ("answers", "prompts", "closed_anyway", "sbar")  # the last follows from the others
OF_RESPONSE = ("done", "why")
_ONE = ("actions", "outcome", "notes")  # what a contact has only one of, by the name of its kind

_YES_NO = ("yes", "no")


@dataclass(frozen=True, slots=True)
class ContactInput:
    """A given contact: its sheet, its name elsewhere (``ref``), whether it should stay open, and a note on
    anything read in a way one should know about (an hour that comes twice)."""

    sheet: Sheet
    ref: str = ""
    open: bool = False
    words: tuple[str, ...] = ()
    said: tuple[ChildSaid, ...] = ()  # of each child, in their order


@dataclass(frozen=True, slots=True)
class Rules:
    """What is needed to read a contact: the form, the codes, the desk's hours, and now."""

    form: Sequence[Field]
    pack: Pack
    hours: Hours
    now: datetime


def read(value: Any, rules: Rules) -> ContactInput | list[str]:
    """The contact that a JSON value stands for, or every reason why it is not one, a sentence each."""
    if not isinstance(value, Mapping):
        return ["A contact is an object, in braces."]
    reader = _Reader(rules)
    contact = reader.contact(value)
    return reader.bad or contact


def fields(form: Iterable[Field]) -> tuple[str, ...]:
    """Every key that a contact may have."""
    keys = [field.key for field in form if field.kind in _BY_KEY]
    return tuple(dict.fromkeys([*_OWN, *keys, *_ONE, *_GUIDING]))


def _one_name(one: str, other: str) -> bool:
    """Whether two names may be the same: equal except for capitals, order and commas, or one not given."""
    ways = [sorted(each.casefold().replace(",", " ").split()) for each in (one, other)]
    return ways[0] == ways[1] or not (one and other)


class _Reader:
    """Reads one contact and collects every reason against it."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.today = to_local(rules.now).date()
        self.on = self.today  # the local day it was received, once that is known
        self._fields = {each.key: each for each in rules.form if each.walk}
        self.bad: list[str] = []
        self.words: list[str] = []
        self.said: list[ChildSaid] = []

    def contact(self, record: Mapping[str, Any]) -> ContactInput:
        form = self.rules.form
        self._known("", record, fields(form))
        caller = self.object("caller", record.get("caller"), ("name", *OF_CALLER))
        record = dict(record)
        for key, own in OF_CALLER.items():
            if caller.get(key) is not None:
                if record.get(own) not in (None, caller[key]):
                    self.bad.append(f"{own}: it is given twice, and the two differ.")
                record[own] = caller[key]
        received = self._instant("received_at", record.get("received_at"), past=True)
        at = received or self.rules.now
        self.on = to_local(at).date()
        values: dict[str, str] = {}
        many: dict[str, tuple[str, ...]] = {}
        for field in form:
            row = record.get(field.key)
            if field.kind == "many":
                listed = self.list(field.key, row)
                codes = (self.code(field.key, field.codes, each) for each in listed)
                many[field.key] = tuple(dict.fromkeys(filter(None, codes)))
            elif field.kind == "code":
                values[field.key] = self.code(field.key, field.codes, row)
            elif field.kind == "text":
                values[field.key] = self.text(field.key, row)
            elif field.kind == "age":
                values[field.key] = self._age(field.key, row)
            elif field.kind == "when" and field.key != "received_at":
                when = self._instant(field.key, row, past=False)
                values[field.key] = utc_text(when) if when else ""
        values |= self._in_fields(record.get("answers"))
        if received:
            values["received_at"] = utc_text(received)
        if any(field.key == "hours" for field in form) and not values.get("hours"):
            values["hours"] = hours_code(at, self.rules.hours)
        children = self._children(record.get("children"))
        sheet = Sheet(
            opened_at=utc_text(self.rules.now),
            values={key: value for key, value in values.items() if value},
            many={key: codes for key, codes in many.items() if codes},
            caller=Person(self.text("caller name", caller.get("name")), "professional"),
            children=children,
            identity=self._identity(record.get("identity"), children),
            actions=self._actions(record.get("actions"), at),
            outcome=self.code("outcome", "outcome", record.get("outcome")),
            notes=self.text("notes", record.get("notes"), strip=False),
            answers=self._answers(record.get("answers")),
            prompts=self._responses(record.get("prompts"), at),
            closed_anyway=self.text("closed_anyway", record.get("closed_anyway")),
        )
        ref = self.text("ref", record.get("ref")) or self.text("id", record.get("id"))
        if not isinstance(record.get("open"), bool | None):
            self.bad.append("open: write true or false.")
        return ContactInput(
            sheet, ref, bool(record.get("open")), tuple(self.words), tuple(self.said)
        )

    def _identity(self, value: Any, children: Sequence[Person]) -> str:
        identity = self.code("identity", "identity", value)
        if identity == NO_NAMES and children:
            self.bad.append("identity: it says that no name is given, and yet there are children.")
        if identity:
            return identity
        return UNBORN if children and children[-1].kind == UNBORN else NAMED

    def _children(self, value: Any) -> tuple[Person, ...]:
        found: list[Person] = []
        for number, each in enumerate(self.list("children", value), 1):
            child = self._child(f"children {number}", each)
            same = [k for k in found if child.nhs_number and k.nhs_number == child.nhs_number]
            if same and same[0].dob == child.dob and _one_name(same[0].name, child.name):
                self.words.append(f"children {number}: the same child is already there.")
                continue
            if same:
                child = doubted(child, NUMBER, doubt=True)
                self.words.append(
                    f"children {number}: an earlier child has the same NHS number; it is kept, in doubt."
                )
            found.append(child)
            values = each if isinstance(each, Mapping) else {}
            self.said.append(child_from_json.read(self, f"children {number}", values))
        return tuple(found)

    def _child(self, where: str, value: Any) -> Person:
        values = self.object(where, value, OF_CHILD)
        kind = self.text(f"{where} kind", values.get("kind"))
        if kind not in ("", "child", UNBORN):
            self.bad.append(f"{where} kind: it is child or {UNBORN}.")
        child = birth_from_json.read(
            self, where, values, UNBORN if kind == UNBORN or values.get("edd") else "child"
        )
        child = replace(
            child,
            name=self.text(f"{where} name", values.get("name")),
            nhs_number=self.number(f"{where} nhs_number", values.get("nhs_number")),
        )
        for each in self.list(f"{where} in_doubt", values.get("in_doubt")):
            if each in (DOB, EDD, AGE, NUMBER):
                child = doubted(child, str(each), doubt=True)
            else:
                self.bad.append(f"{where} in_doubt: it names dob, edd, age or nhs_number.")
        if values.get("mother") is not None:
            child = replace(child, mother=self._mother(f"{where} mother", values["mother"]))
        if child.kind == UNBORN and not child.name:
            of = child.mother.name if child.mother else ""
            return replace(child, name=f"Unborn baby of {of}" if of else "Unborn baby")
        if isinstance(value, Mapping) and not (
            child.name or child.dob or child.age or child.nhs_number
        ):
            self.bad.append(f"{where}: it says nothing of the child.")
        return child

    def _age(self, where: str, value: Any) -> str:
        text = self.text(where, value)
        return self._tried(where, text, lambda t: str(age_of(t))) if text else ""

    def _mother(self, where: str, value: Any) -> Person:
        values = self.object(where, value, OF_MOTHER)
        name = self.text(f"{where} name", values.get("name"))
        if not name:
            self.bad.append(f"{where}: she needs a name.")
        return Person(
            name=name,
            kind="adult",
            dob=self.day(f"{where} dob", values.get("dob"), past=True),
            nhs_number=self.number(f"{where} nhs_number", values.get("nhs_number")),
        )

    def _actions(self, value: Any, received: datetime) -> tuple[Action, ...]:
        found = []
        for number, each in enumerate(self.list("actions", value), 1):
            where = f"actions {number}"
            record = self.object(where, each, OF_ACTION)
            code = self.code(f"{where} code", "action", record.get("code"))
            if not code and isinstance(each, Mapping) and not record.get("code"):
                self.bad.append(f"{where}: it has no code.")
            at = self._instant(f"{where} at", record.get("at"), past=True) or received
            due = self.text(f"{where} due", record.get("due"))
            if due:
                due = self._tried(f"{where} due", due, partial(self._due, at))
            by = self.text(f"{where} by", record.get("by"))
            values = {
                each.key: self.code(f"{where} {each.key}", each.codes, record[each.key])
                if each.codes
                else self.text(f"{where} {each.key}", record[each.key])
                for each in HOLDER_FORM
                if record.get(each.key)
            }
            found.append(Action(code, by, due, utc_text(at), held=values))
        return tuple(found)

    def _in_fields(self, value: Any) -> dict[str, str]:
        """Answers to the questions that fill a field of the form: they are the field's value."""
        values = value if isinstance(value, Mapping) else {}
        return {
            key: self.code(key, field.codes, values[key]) if field.codes else values[key]
            for key, field in self._fields.items()
            if isinstance(values.get(key), str)
        }

    def _answers(self, value: Any) -> dict[str, Answer]:
        """Answers to questions of the walk by their codes: a text, or ``{"state": "skipped"}``."""
        known = self.rules.pack.guide.by_code
        found = {}
        for code, each in self.object("answers", value, tuple(known)).items():
            if code in self._fields and isinstance(each, str):
                continue
            where = f"answers {code}"
            values = each if isinstance(each, Mapping) else {"text": each}
            values = self.object(where, values, ("state", "text"))
            text = self.text(where, values.get("text"))
            words = self.text(f"{where} state", values.get("state")) or ANSWERED
            if words not in (ANSWERED, SKIPPED, NOT_KNOWN) or (words == ANSWERED) != bool(text):
                self.bad.append(
                    f'{where}: it is a text, or {{"state": "skipped"}}, or {{"state": "unknown"}}.'
                )
            elif code in known and known[code].kind == "yes-no" and text.casefold() not in _YES_NO:
                self.bad.append(f"{where}: it is yes or no.")
            else:
                found[code] = Answer(words, text)
        return found

    def _responses(self, value: Any, at: datetime) -> dict[str, Response]:
        """How prompts were met, by their codes: ``done`` names actions, ``why`` why not."""
        known = self.rules.pack.guide.prompt_by_code
        found = {}
        for code, each in self.object("prompts", value, tuple(known)).items():
            where = f"prompts {code}"
            values = self.object(where, each, OF_RESPONSE)
            listed = self.list(f"{where} done", values.get("done"))
            done = tuple(self.code(f"{where} done", "action", each) for each in listed)
            why = self.text(f"{where} why", values.get("why"))
            if not done and not why:
                self.bad.append(f"{where}: it says neither what was done nor why nothing was.")
            found[code] = Response(DONE if done else OVERRIDDEN, done, why, utc_text(at))
        return found

    def _due(self, at: datetime, text: str) -> str:
        return due_rule(text, at, self.rules.hours)

    # -- values ----------------------------------------------------------------------------------

    def _tried(self, where: str, text: str, parse: Callable[[str], str]) -> str:
        try:
            return parse(text)
        except BadInput as refused:
            self.bad.append(f"{where}: {refused}")
            return ""

    def _known(self, where: str, values: Mapping[str, Any], known: Sequence[str]) -> None:
        place = f"{where}: " if where else ""
        if isinstance(values, RepeatedKeys):
            self.bad.append(f"{place}a field is given twice.")
        for key in values:
            if key not in known:
                listed = ", ".join(get_close_matches(key.casefold(), known, 3, 0.6) or known)
                self.bad.append(f"{place}there is no field {quoted(key)}; near it: {listed}.")

    def object(self, where: str, value: Any, known: Sequence[str]) -> Mapping[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.bad.append(f"{where}: it is an object, in braces, with {', '.join(known)}.")
            return {}
        self._known(where, value, known)
        return value

    def list(self, where: str, value: Any) -> list[Any]:
        if value is None or isinstance(value, list):
            return value or []
        self.bad.append(f"{where}: it is a list, in square brackets.")
        return []

    def text(self, where: str, value: Any, strip: bool = True) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            self.bad.append(f"{where}: it is text, in quotation marks.")
            return ""
        try:
            value.encode()
        except UnicodeEncodeError:
            self.bad.append(f"{where}: it holds half a character (a lone surrogate).")
            return ""
        return value.strip() if strip else value

    def code(self, where: str, codes: str, value: Any) -> str:
        text = self.text(where, value)
        if not text:
            return ""
        pack = self.rules.pack
        offered, every = pack.codes(codes, self.on), pack.lists.get(codes, ())
        return self._tried(
            where, text, lambda t: code_of(t, offered, every, ways(pack, codes)).code
        )

    def day(self, where: str, value: Any, *, past: bool) -> str:
        text = self.text(where, value)
        if not text:
            return ""
        return self._tried(where, text, lambda t: day(t, self.today, past=past).isoformat())

    def number(self, where: str, value: Any) -> str:
        text = self.text(where, value)
        return self._tried(where, text, nhs_number.parse) if text else ""

    def _instant(self, where: str, value: Any, *, past: bool) -> datetime | None:
        text = self.text(where, value)
        if not text:
            return None
        try:
            at, word = instant(text)
        except BadInput as refused:
            self.bad.append(f"{where}: {refused}")
            return None
        if past and at > self.rules.now:
            self.bad.append(f"{where}: {shown_instant(at)} is still to come.")
        if word:
            self.words.append(f"{where}: {word}")
        return at
