"""Restricted contacts: whether a sheet is one, why, who is shut out of it and to whom it is opened. Pure.

An allegation against staff, a member of staff's own child, or the address of a refuge (domain W20). The
person it is about is shut out, whatever their role; it is opened to its author and to the named
professionals of the service, and to nobody by their role alone.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.forms.forms import Field
from spoc.model.forms.sheet import Kept, Person, Sheet
from spoc.model.ledger.records import Value
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import Pack
from spoc.model.rules.condition import Facts
from spoc.model.rules.guiding import facts_of
from spoc.model.values.instants import from_text

NOBODY_HERE, NOT_SURE = "nobody-here", "not-sure"  # what may stand in place of a user's name
FIELD, ABOUT, BESIDE = "restricted", "about_staff", "beside"  # fields of the contact
OPENED_TO = "named-professional"  # the role of those to whom it is opened besides its author


@dataclass(frozen=True, slots=True)
class User:
    """A user of the service; ``public`` is their public key, empty where there is none that works."""

    id: bytes
    name: str
    role: str
    public: bytes
    here: bool = True  # still uses spoc


def reasons(sheet: Sheet, pack: Pack, facts: Facts | None = None) -> tuple[str, ...]:
    """Why the contact is restricted, in words; nothing where it is not. One that was written so stays so.
    ``facts`` are those of the sheet, where they were found out already."""
    said = [pack.label(FIELD, sheet.values[FIELD])] if sheet.values.get(FIELD) else []
    prompts = [each for each in pack.guide.live if each.restricts]
    if prompts:
        facts = facts or facts_of(sheet, to_local(from_text(sheet.received_at)).date())
        either = (facts, replace(facts, stop=True))
        said += [each.title for each in prompts if any(each.when.holds(one) for one in either)]
    if sheet.sealed and not said:
        said = ["Restricted when it was first written"]
    return tuple(dict.fromkeys(said))


def sheet_of(
    held: Mapping[str, Any], form: Iterable[Field], fields: Mapping[str, Value] | None = None
) -> Sheet:
    """The coded facts of a contact (its columns), once these ledger fields are amended."""
    fields = fields or {}
    own = [each for each in form if each.kind in ("text", "code", "many")]
    values = {
        each.key: str({**held, **fields}.get(each.key) or "") for each in own if each.kind != "many"
    }
    many = {each.key: set(held.get(each.key) or ()) for each in own if each.kind == "many"}
    for name, value in fields.items():
        key, dot, code = name.partition(".")
        if dot and key in many:
            (many[key].add if value else many[key].discard)(code)
    return Sheet(
        str(held["opened_at"] or held["received_at"]),
        values,
        {key: tuple(codes) for key, codes in many.items()},
        identity=str(held.get("identity") or ""),
    )


def about(sheet: Sheet, pack: Pack, facts: Facts | None = None) -> str:
    """Whom a sheet is about: a user's full name, NOBODY_HERE or NOT_SURE; nothing where it is not asked.

    NOT_SURE also where it is asked and was not answered: until it is said, it may be anybody.
    """
    if said := sheet.values.get(ABOUT, "").strip():
        return said
    question = pack.guide.by_code.get(ABOUT)
    if question is None or question.needed is None:
        return ""
    facts = facts or facts_of(sheet, to_local(from_text(sheet.received_at)).date())
    return NOT_SURE if question.needed.holds(facts) else ""


def named(said: str, users: Iterable[User]) -> str:
    """Whom somebody says it is about, as it is kept: the user's name in full, NOBODY_HERE or NOT_SURE.

    Raises BadInput for anything else: a part of a name would leave open who is shut out.
    """
    wanted = same_name(said)
    if not wanted:
        return ""
    for each in (NOBODY_HERE, NOT_SURE):
        if wanted in (each, each.replace("-", " ")):
            return each
    for user in users:
        if same_name(user.name) == wanted:
            return user.name
    raise BadInput(
        f"“{said}” is not the full name of any user of spoc, so nobody would be shut out; nothing was changed. "
        f"Choose a user, {NOBODY_HERE} or {NOT_SURE}."
    )


def is_known(about: str, users: Iterable[User]) -> bool:
    """Whether it is known who is shut out: a user, or nobody. Else it opens to its author alone."""
    return about in ("", NOBODY_HERE) or bool(shut_out(about, users))


def shut_out(about: str, users: Iterable[User]) -> frozenset[bytes]:
    """The users (ids) whom it is about: those of that full name and nobody else."""
    wanted = same_name(about)
    return frozenset(user.id for user in users if wanted and same_name(user.name) == wanted)


def same_name(name: str) -> str:
    """A user's name as it is compared: whatever its spaces and capitals."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def circle(
    users: Iterable[User], actor: bytes, about: str, author: bytes = b""
) -> tuple[User, ...]:
    """To whom a contact is opened: whoever writes it always; its ``author``, where that is another; and
    each named professional where it is known whom it is about. Never the one it is about."""
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


def words(users: Iterable[User], actor: bytes, about: str, author: bytes = b"") -> str:
    """Who is shut out of a restricted contact and to whom it will be opened, in a sentence."""
    every = list(users)
    to = circle(every, actor, about, author)
    closed = [each.name for each in every if each.id in shut_out(about, every) - {actor}]
    opened = [each.name for each in to if each.id != actor]
    said = f"closed to {', '.join(closed)}; " if closed else ""
    if not is_known(about, every):
        said = "until it is said whom it is about, "
    fails = [each.name for each in _keyless(every, about)]
    more = (
        f" No key works for {', '.join(fails)}: let them change their passphrase, then open it to them."
        if fails
        else ""
    )
    return f"Restricted: {said}opened to {', '.join(('you', *opened))}{'' if opened else ' alone'}.{more}"


def _keyless(users: Iterable[User], about: str) -> list[User]:
    """The named professionals who would have it, were there a key of theirs that works."""
    every = list(users)
    shut = shut_out(about, every)
    return [
        each
        for each in every
        if each.here
        and not each.public
        and each.role == OPENED_TO
        and each.id not in shut
        and is_known(about, every)
    ]


def beside(sheet: Sheet, fresh: Sheet, known: frozenset[str]) -> Sheet:
    """The sheet of an open contact beside a restricted one: its children and nothing else of it."""
    return bared(replace(fresh, children=sheet.children, identity=sheet.identity), known)


def bared(sheet: Sheet, known: frozenset[str]) -> Sheet:
    """An open sheet whose persons came from a restricted one: somebody whom the desk does not ``know`` (ids)
    is somebody new there, so that nothing leads back."""
    children = tuple(_bare(each, known) for each in sheet.children)
    return replace(sheet, children=children, caller=_bare(sheet.caller, known))


def _bare(person: Person, known: frozenset[str]) -> Person:
    mother = _bare(person.mother, known) if person.mother else None
    if not person.id or person.id in known:
        return replace(person, mother=mother)
    return replace(person, id="", kept=Kept(), mother=mother)
