"""Restricted contacts: whether a sheet is one, why, who is shut out of it and to whom it is opened. Pure.

An allegation against staff, a member of staff's own child, or the address of a refuge (domain W20). The
person it is about is shut out, whatever their role; it is opened to its author and to the named
professionals of the service, and to nobody by their role alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from spoc.model.forms.forms import Field
from spoc.model.forms.sheet import Kept, Person, Sheet
from spoc.model.ledger.records import Value
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import Pack
from spoc.model.rules.condition import Facts
from spoc.model.rules.guiding import facts_of
from spoc.model.values.instants import from_text
from spoc.model.values.terms import plain_words

FIELD, ABOUT, BESIDE = "restricted", "about_staff", "beside"  # fields of the contact
OPENED_TO = "named-professional"  # the role of those to whom it is opened besides its author
_TITLES = frozenset(
    ("dr", "mr", "mrs", "ms", "miss", "prof", "professor", "sister", "nurse", "staff")
)


@dataclass(frozen=True, slots=True)
class User:
    """A user of the service; ``public`` is their public key."""

    id: bytes
    name: str
    role: str
    public: bytes


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


def amended(
    held: Mapping[str, Any], fields: Mapping[str, Value], form: Iterable[Field], pack: Pack
) -> bool:
    """Whether a contact (its columns) is restricted once these ledger fields are amended."""
    own = [each for each in form if each.kind in ("text", "code", "many")]
    values = {
        each.key: str({**held, **fields}.get(each.key) or "") for each in own if each.kind != "many"
    }
    many = {each.key: set(held.get(each.key) or ()) for each in own if each.kind == "many"}
    for name, value in fields.items():
        key, dot, code = name.partition(".")
        if dot and key in many:
            (many[key].add if value else many[key].discard)(code)
    sheet = Sheet(
        str(held["opened_at"] or held["received_at"]),
        values,
        {key: tuple(codes) for key, codes in many.items()},
        identity=str(held.get("identity") or ""),
    )
    return bool(reasons(sheet, pack))


def shut_out(about: str, users: Iterable[User]) -> frozenset[bytes]:
    """The users (ids) whom it may be about, by the name that was written.

    A full name, in any order, is that user and nobody else. Else everybody is whose family name stands
    there, unless another first name stands with it: rather one too many than the one it is about.
    """
    words = [each for each in plain_words(about) if each not in _TITLES]
    named = {each.id: list(plain_words(each.name)) for each in users}
    same = {user for user, name in named.items() if name and sorted(name) == sorted(words)}
    return frozenset(same or (user for user, name in named.items() if _may_be(name, words)))


def _may_be(name: list[str], words: list[str]) -> bool:
    """Whether a user of this name may be meant by these words."""
    if not name or name[-1] not in words:
        return False
    at = words.index(name[-1])
    beside = words[max(0, at - 1) : at]  # the word before it is the first name, where there is one
    return not beside or len(name) == 1 or any(beside[0][0] == each[0] for each in name[:-1])


def circle(
    users: Iterable[User], actor: bytes, about: str, author: bytes = b""
) -> tuple[User, ...]:
    """To whom a contact is opened: whoever writes it always; and its ``author``, where that is another, and
    each named professional, unless it is about them."""
    every = list(users)
    shut = shut_out(about, every)
    return tuple(
        each
        for each in every
        if each.public
        and (
            each.id == actor
            or (each.id not in shut and (each.role == OPENED_TO or each.id == author))
        )
    )


def words(users: Iterable[User], actor: bytes, about: str, author: bytes = b"") -> str:
    """Who is shut out of a restricted contact and to whom it will be opened, in a sentence."""
    every = list(users)
    to = circle(every, actor, about, author)
    closed = [each.name for each in every if each.id in shut_out(about, every) - {actor}]
    opened = [each.name for each in to if each.id != actor]
    said = f"closed to {', '.join(closed)}; " if closed else ""
    return f"Restricted: {said}opened to {', '.join(('you', *opened))}{'' if opened else ' alone'}."


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
