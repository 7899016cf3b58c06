"""Suggestions: what the typed letters in a slot may mean, from the pack and from the store."""

from collections.abc import Iterable, Sequence
from datetime import date

from spoc.model.errors import BadInput
from spoc.model.forms.child import (
    AGE_BAND,
    NUMBER,
    Interpretation,
    Terms,
    age_words,
    birth_words,
    in_doubt,
    number_words,
    readings,
)
from spoc.model.forms.forms import Field
from spoc.model.forms.kinds import KINDS, terms_of
from spoc.model.forms.sheet import NAMED, UNBORN, Person, Sheet, pending_in
from spoc.model.hearing.code_match import PLAIN, Ways, exact, meant, ways
from spoc.model.persons.record import died_in_short
from spoc.model.rules import recipients
from spoc.model.rules.access import ROLES
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import Code, Pack
from spoc.model.rules.guiding.condition import NOT_KNOWN
from spoc.model.values import nhs_number
from spoc.model.values.ages import parse_age
from spoc.model.values.dates import quoted, shown_day
from spoc.model.values.instants import from_text
from spoc.storage.desk import Desk
from spoc.storage.persons import persons
from spoc.storage.secrecy import restricted
from spoc.widgets.forms.candidates import Candidate

VISIT = "visit"  # the group of the channels through which one hears of several children at once
KNOWN_FROM = 2  # letters from which Enter takes the first known person whose name begins with them
SEP = " · "  # separates the details that tell people apart
CHOOSES = "↓ chooses"  # if several codes fit, or hardly a letter is typed, so that Enter takes none by itself
HINTS = {
    "callback": "The number to ring if the line drops.",
    "verified": "How was the caller's identity checked?",
    "where_now": "Where is the child now?",
    "outcome": "Where does it stand when this call ends?",
    "received_at": "When it reached the service: 0914, now, t-1 1630, mon 0900, 12 Mar 14:30.",
    "child.date": "Born: 190726, 19 Jul 2026, or an age: 4/12, 3/52, 15. Unborn: the due date, or 30+2.",
    "child.ref": "The NHS number, ten digits. Enter leaves it empty.",
    "actions.who": "Who does it: caller, desk, or a name.",
    "actions.due": "By when: now, 30m, 24h, 3wd (working days), 1630, tonight, t+1 0900, mon.",
    "record_number": "The number of the note in that system.",
    "notes": "What was said and agreed. Tab leaves them, F2 closes.",
    "caller": "Type a name: known callers are offered. Enter leaves it unnamed.",
    "age_band": "An age: 4/12 (months), 3/52 (weeks), 5/7 (days), 15, 15y. ? if nobody knows.",
    "child": "Type a name or NHS number; nn if no names are given, ub for an unborn baby.",
}

ANOTHER = "Another child's name, or Enter goes on. Backspace takes out the last one."

OF_UNBORN = {
    "child.date": "The due date: 120227, 12 Feb 2027, or how far on: 30+2 (weeks and days).",
    "child.ref": "The mother's name: known people are offered. Enter leaves it empty.",
}


def offers(desk: Desk, sheet: Sheet, slot: str, text: str, field: Field | None) -> list[Candidate]:
    """The candidates for a slot, best first: for a baby who is not born yet, of all places that."""
    on = to_local(from_text(sheet.received_at)).date()
    if slot == "caller":
        return people(desk, text, ("professional",), "new caller", on)
    if slot == "child":
        return _identities(desk, text, on) + people(
            desk, text, ("child", "unborn"), "new child", on
        )
    if slot == "child.date" and sheet.children:
        return births(text, sheet.children[-1], terms_of(sheet, desk.store.now(), desk.store.pack))
    if slot == "child.ref" and sheet.children and sheet.children[-1].kind != UNBORN:
        return numbers(desk, sheet.children, text, on)
    if slot == AGE_BAND:
        return _ages(desk, text, on)
    if slot == "child.ref" and sheet.children and sheet.children[-1].kind == UNBORN:
        return people(desk, text, ("adult",), "new person", on)
    if slot == recipients.ABOUT:
        return _staff(desk, text)
    if field and field.codes:
        pack = desk.store.pack
        found = coded(text, pack.codes(field.codes, on), ways(pack, field.codes))
        if (
            slot == "where_now"
            and not text
            and sheet.children
            and sheet.children[-1].kind == UNBORN
        ):
            found.sort(key=lambda each: each.name != UNBORN)
        return found
    return []


def keyed(desk: Desk, sheet: Sheet, field: Field) -> list[Candidate]:
    """The codes of a field of the walk, each with the key that answers it."""
    on = to_local(from_text(sheet.received_at)).date()
    codes = desk.store.pack.codes(field.codes, on)
    return [
        Candidate(each.short[0] if each.short else each.code, each.label, each) for each in codes
    ]


def coded(text: str, codes: Sequence[Code], by: Ways = PLAIN) -> list[Candidate]:
    """The codes that a text may mean; near spellings only if there are none."""
    found = meant(text, codes, by)
    return [
        Candidate(code.code, code.label, code, near=found.near, sure=code is found.taken)
        for code in found.offered
    ]


def marked(text: str, offered: Sequence[Candidate], current: str) -> int:
    """Which candidate Enter takes straight away: -1 for none.

    Of codes only one that is certain (spoc.model.hearing.code_match). One letter takes nobody, unless it
    is a whole name. A name typed in full ("Brook, Ty") is a
    known person with exactly that name or somebody new, never one with a longer name (Brook, Tyler).
    """
    typed = " ".join(text.split()).casefold()
    if any(isinstance(each.choice, Interpretation) and each.choice.sure for each in offered):
        return -1
    if not typed or not offered or text == current or offered[0].near:
        return -1
    if isinstance(offered[0].choice, Code):
        return 0 if offered[0].sure else -1
    if all(each.choice is None or isinstance(each.choice, Interpretation) for each in offered):
        return 0 if len(offered) == 1 and offered[0].choice is None else -1
    if "," not in typed:
        words = offered[0].name.casefold().replace(",", " ").split()
        return 0 if len(typed) >= KNOWN_FROM or typed in words else -1
    return next((n for n, each in enumerate(offered) if each.name.casefold() == typed), 0)


def chooses(text: str, offered: Sequence[Candidate], index: int) -> str:
    """The note beside the first of several codes or people if Enter takes none of them by itself."""
    some = any(
        isinstance(each.choice, Code) or (isinstance(each.choice, Person) and not each.near)
        for each in offered
    )
    return CHOOSES if text.strip() and index < 0 and some else ""


def nowhere(text: str, field: Field, form: Sequence[Field], pack: Pack, on: date) -> str:
    """The hint if nothing in the field's list fits what is typed, with the list that has it, if one does."""
    quoted_text = (
        f"Nothing in this list is called {quoted(text)} so far: type more, or another word for it."
    )
    for other in form:
        if other.codes and other.codes != field.codes and not other.walk:
            found = meant(text, pack.codes(other.codes, on), ways(pack, other.codes))
            if found.offered and not found.near:
                return f"{quoted(text)} is not in this list; {other.label} has “{found.offered[0].label}”."
    return quoted_text


def untaken(typed: str, offered: Sequence[Candidate]) -> str:
    """The message about text that Enter left as typed: that it is not taken, and how to take it; "" if
    there is none."""
    if not typed:
        return ""
    if offered:
        return f"{quoted(typed)} is not taken yet: ↓ goes back to it and chooses what it means."
    return f"{quoted(typed)} is not in the list: ↓ goes back to it. Type it another way."


def of_a_visit(sheet: Sheet, pack: Pack) -> bool:
    """Whether one visit may be about several children, each of whom gets a contact."""
    channel = pack.find("channel", sheet.values.get("channel", ""))
    return bool(sheet.visit or (channel and channel.group == VISIT))


def words_for(desk: Desk, sheet: Sheet, slot: str, field: Field | None) -> tuple[str, str]:
    """The words beside a slot: a mark not to be missed ("last", "?"), and the same with more words."""
    child = sheet.children[-1] if sheet.children else None
    on = to_local(from_text(sheet.received_at)).date()
    if slot.startswith("child.") and pending_in(sheet, slot):  # refused, and left as typed
        return "?", "not taken"
    if slot == "child.ref" and child and in_doubt(child, NUMBER):
        return "doubt", "nobody has confirmed it"
    if slot == "child.ref" and child and nhs_number.for_tests(child.nhs_number):
        return "test", "a number for tests: no patient has it"
    if slot == "child.date":
        words = age_words(child, on).partition(" (EDD")[0] if child else ""
        _, since, day = words.partition("on ") if child and child.age else ("", "", "")
        return "", f"on {day.removesuffix(f' {on.year}')}" if since else words
    mark = "last" if slot in sheet.last else sheet.came.get(slot, "")
    value = KINDS[field.kind].coded(sheet, slot) if field else ""
    if field is None or not value:
        return mark, ""
    found = desk.store.pack.find(field.codes, value)
    return (mark, SEP.join(filter(None, (mark, found.label)))) if found else ("?", "not a code")


def meaning(desk: Desk, sheet: Sheet, field: Field | None) -> str:
    """The short label of the code in a field; "" if there is none."""
    if field is None:
        return ""
    value = KINDS[field.kind].coded(sheet, field.key)
    found = desk.store.pack.find(field.codes, value) if value else None
    return found.in_brief if found else ""


def person_words(person: Person, pack: Pack, on: date) -> str:
    """The details that tell people with the same name apart."""
    parts = [died_in_short(person.died), birth_words(person, on)]
    if person.nhs_number:
        parts.append(number_words(person))
    parts += [pack.brief("role", person.role), pack.brief("service", person.service)]
    parts.append(person.callback)
    return SEP.join(filter(None, parts))


def births(text: str, child: Person, terms: Terms) -> list[Candidate]:
    """Every reading of what was typed in Born; for a doubtful date, that it is right."""
    if not text.strip():
        return []
    try:
        return [Candidate(*each) for each in readings(text, child, terms)]
    except BadInput:  # its own message when taken
        return []


def numbers(
    desk: Desk, children: Sequence[Person], text: str, on: date, *, same: bool = True
) -> list[Candidate]:
    """The choices for the last child's NHS number if it is somebody else's: the same child, or another and
    the number in doubt. Empty if it is nobody's."""
    try:
        number = nhs_number.parse(text)
    except BadInput:
        return []
    *others, child = children
    store = desk.store
    owners = [each for each in others if each.nhs_number == number]
    owners += persons.with_number(store.reader, number, child.id)
    if not owners:
        return []
    keep = Candidate(
        nhs_number.grouped(number),
        f"{child.name}: another child; kept in doubt",
        Interpretation(number, sure=True),
    )
    if not same:
        return [keep]
    return [
        Candidate(each.name, f"the same child: {whose_words(desk, each, on)}", each)
        for each in owners
    ] + [keep]


def whose_words(desk: Desk, person: Person, on: date) -> str:
    """The person whom a number belongs to, and since when."""
    since = persons.since(desk.store.reader, person.id) if person.id else ""
    day = f"since {shown_day(to_local(from_text(since)).date())}" if since else "in this contact"
    return " · ".join(filter(None, (birth_words(person, on), day)))


def _ages(desk: Desk, text: str, on: date) -> list[Candidate]:
    """The typed age, in words; or the code for nobody knowing."""
    age = parse_age(text)
    if age:
        return [Candidate(age.words, "old", None)]
    codes = [each for each in desk.store.pack.codes("age-band", on) if each.code == NOT_KNOWN]
    return coded(text, codes)


def people(desk: Desk, text: str, kinds: tuple[str, ...], new: str, on: date) -> list[Candidate]:
    if not text.strip():
        return []
    found = persons.suggest(desk.store, desk.actor, text, kinds)
    known = [
        Candidate(
            each.person.name, person_words(each.person, desk.store.pack, on), each.person, each.near
        )
        for each in found
    ]
    exactly = [each for each in known if not each.near]
    return [*exactly, Candidate(text.strip(), new, None), *(each for each in known if each.near)]


def _staff(desk: Desk, text: str) -> list[Candidate]:
    """Whom a restricted contact is about: a user, nobody here, or not sure. Marked only if just one fits."""
    typed = text.casefold().split()
    fields = {
        recipients.NOBODY_HERE: "nobody who uses spoc",
        recipients.NOT_SURE: "it opens to you alone until it is known",
    }
    users = restricted.users(desk.store.reader)
    every = [(each.name, ROLES.get(each.role, "")) for each in users] + list(fields.items())
    fit = [
        (name, words)
        for name, words in every
        if all(any(part.startswith(one) for part in _parts(name)) for one in typed)
    ]
    alone = len(fit) == 1
    return [
        Candidate(name, words, Person(name), near=bool(typed) and not alone)
        for name, words in (fit or every)
    ]


def _parts(name: str) -> list[str]:
    return name.casefold().replace("-", " ").split()


def _identities(desk: Desk, text: str, on: date) -> list[Candidate]:
    """No names, or an unborn baby: offered only if typed exactly, so that a name stays a name."""
    codes: Iterable[Code] = (
        code for code in desk.store.pack.codes("identity", on) if code.code != NAMED
    )
    code = exact(text, list(codes))
    return [Candidate(code.code, code.label, code, sure=True)] if code else []
