"""Restricted contacts: whether and why a sheet is restricted, who is shut out, and who can open it. Pure.

An allegation against staff, a member of staff's own child, or the address of a refuge (domain W20). The
person it is about is shut out, whatever their role; it opens for its author and for the service's named
professionals, and for nobody else by role.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.forms.forms import Field
from spoc.model.forms.sheet import Kept, Person, Sheet
from spoc.model.ledger.table import Value
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import Pack
from spoc.model.rules.guiding.condition import Facts
from spoc.model.rules.guiding.guiding import facts_of
from spoc.model.values.instants import from_text

# answers that may be given instead of a user's name
NOBODY_HERE, NOT_SURE = "nobody-here", "not-sure"
FIELD, ABOUT, BESIDE = "restricted", "about_staff", "beside"  # fields of the contact
OPENED_TO = "named-professional"  # the role that can open it besides its author


@dataclass(frozen=True, slots=True)
class Colleague:
    """A user of the service; ``public`` is their public key, empty if none works."""

    id: bytes
    name: str
    role: str
    public: bytes
    here: bool = True  # still uses spoc


def reasons(sheet: Sheet, pack: Pack, facts: Facts | None = None) -> tuple[str, ...]:
    """Why the contact is restricted, in words; empty if it is not. A contact written as restricted stays
    restricted. ``facts`` are those of the sheet, if already known."""
    parts = [pack.label(FIELD, sheet.values[FIELD])] if sheet.values.get(FIELD) else []
    prompts = [each for each in pack.guide.live if each.restricts]
    if prompts:
        facts = facts or facts_of(sheet, to_local(from_text(sheet.received_at)).date())
        either = (facts, replace(facts, stop=True))
        parts += [each.title for each in prompts if any(each.when.holds(one) for one in either)]
    if sheet.sealed and not parts:
        parts = ["Restricted when it was first written"]
    return tuple(dict.fromkeys(parts))


def sheet_of(
    record: Mapping[str, Any], form: Iterable[Field], fields: Mapping[str, Value] | None = None
) -> Sheet:
    """The coded facts of a contact (its columns), once these ledger fields are amended."""
    fields = fields or {}
    own = [each for each in form if each.kind in ("text", "code", "many")]
    values = {
        each.key: str({**record, **fields}.get(each.key) or "")
        for each in own
        if each.kind != "many"
    }
    many = {each.key: set(record.get(each.key) or ()) for each in own if each.kind == "many"}
    for name, value in fields.items():
        key, dot, code = name.partition(".")
        if dot and key in many:
            (many[key].add if value else many[key].discard)(code)
    return Sheet(
        str(record["opened_at"] or record["received_at"]),
        values,
        {key: tuple(codes) for key, codes in many.items()},
        identity=str(record.get("identity") or ""),
    )


def about(sheet: Sheet, pack: Pack, facts: Facts | None = None) -> str:
    """Whom a sheet is about: a user's full name, NOBODY_HERE or NOT_SURE; "" if that is not asked.

    Also NOT_SURE if it is asked and not answered: until somebody says, it may be anybody.
    """
    if text := sheet.values.get(ABOUT, "").strip():
        return text
    question = pack.guide.by_code.get(ABOUT)
    if question is None or question.needed is None:
        return ""
    facts = facts or facts_of(sheet, to_local(from_text(sheet.received_at)).date())
    return NOT_SURE if question.needed.holds(facts) else ""


def parse_about(text: str, users: Iterable[Colleague]) -> str:
    """Whom somebody says it is about, as stored: the user's full name, NOBODY_HERE or NOT_SURE.

    Raises BadInput for anything else: part of a name would leave open who is shut out.
    """
    wanted = same_name(text)
    if not wanted:
        return ""
    for each in (NOBODY_HERE, NOT_SURE):
        if wanted in (each, each.replace("-", " ")):
            return each
    for user in users:
        if same_name(user.name) == wanted:
            return user.name
    raise BadInput(
        f"“{text}” is not the full name of any user of spoc, so nobody would be shut out; nothing was changed. "
        f"Choose a user, {NOBODY_HERE} or {NOT_SURE}."
    )


def is_known(about: str, users: Iterable[Colleague]) -> bool:
    """Whether it is known who is shut out: a user, or nobody. If not, only its author can open it."""
    return about in ("", NOBODY_HERE) or bool(shut_out(about, users))


def shut_out(about: str, users: Iterable[Colleague]) -> frozenset[bytes]:
    """The users (ids) it is about: those with exactly that full name."""
    wanted = same_name(about)
    return frozenset(user.id for user in users if wanted and same_name(user.name) == wanted)


def same_name(name: str) -> str:
    """A user's name for comparison, without differences in spaces and capitals."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def circle(
    users: Iterable[Colleague], actor: bytes, about: str, author: bytes = b""
) -> tuple[Colleague, ...]:
    """Who can open a contact: always the person writing it; its ``author``, if that is somebody else; and
    each named professional, if it is known whom it is about. Never the person it is about."""
    every = list(users)
    shut, known = shut_out(about, every), is_known(about, every)
    return tuple(
        each
        for each in every
        if each.public
        and (
            each.id == actor
            or (each.id not in shut and (each.id == author or (known and each.role == OPENED_TO)))
        )
    )


def words(users: Iterable[Colleague], actor: bytes, about: str, author: bytes = b"") -> str:
    """A sentence saying who is shut out of a restricted contact and who will be able to open it."""
    every = list(users)
    to = circle(every, actor, about, author)
    closed = [each.name for each in every if each.id in shut_out(about, every) - {actor}]
    opened = [each.name for each in to if each.id != actor]
    text = f"closed to {', '.join(closed)}; " if closed else ""
    if not is_known(about, every):
        text = "until it is said whom it is about, "
    fails = [each.name for each in _keyless(every, about)]
    more = (
        f" No key works for {', '.join(fails)}: let them change their passphrase, then open it to them."
        if fails
        else ""
    )
    return f"Restricted: {text}opened to {', '.join(('you', *opened))}{'' if opened else ' alone'}.{more}"


def _keyless(users: Iterable[Colleague], about: str) -> list[Colleague]:
    """The named professionals who would be included if they had a working key."""
    every = list(users)
    excluded = shut_out(about, every)
    return [
        each
        for each in every
        if each.here
        and not each.public
        and each.role == OPENED_TO
        and each.id not in excluded
        and is_known(about, every)
    ]


def beside(sheet: Sheet, fresh: Sheet, known: frozenset[str]) -> Sheet:
    """The sheet of an open contact beside a restricted one: its children and nothing else."""
    return bared(replace(fresh, children=sheet.children, identity=sheet.identity), known)


def bared(sheet: Sheet, known: frozenset[str]) -> Sheet:
    """A sheet without the links that lead back to a restricted one: a person whom the desk does not
    ``know`` (ids) becomes somebody new."""
    children = tuple(_bare(each, known) for each in sheet.children)
    return replace(sheet, children=children, caller=_bare(sheet.caller, known))


def _bare(person: Person, known: frozenset[str]) -> Person:
    mother = _bare(person.mother, known) if person.mother else None
    if not person.id or person.id in known:
        return replace(person, mother=mother)
    return replace(person, id="", kept=Kept(), mother=mother)
