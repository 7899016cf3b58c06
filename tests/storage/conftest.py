"""A team of which one is shut out, and all that somebody can reach of a restricted contact."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from samples import ADVISOR, KEY, PRIVATE, a_colleague, a_sheet

from spoc.model.errors import Refusal
from spoc.model.forms.sheet import Action, Answer, Person, Response, Sheet
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import ROLES
from spoc.storage.contacts import contacts, visits
from spoc.storage.contacts.call import drafts, sheets
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.contacts.reading import finding, history, listing
from spoc.storage.contacts.reading.listing import ContactFilter
from spoc.storage.driver import connect
from spoc.storage.persons import persons
from spoc.storage.secrecy import restricted
from spoc.storage.store import Store

MARK = "zqxmarker"  # in everything that is said of the contact


STAFF = {"restricted": "staff-allegation", "about_staff": "Pat Jones"}


class Team:
    """Ada, who takes the call; two named professionals, of whom it is about one; one of each role."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.nora, self._nora = a_colleague(store, "Nora Named", "named-professional")
        self.pat, self._pat = a_colleague(store, "Pat Jones", "named-professional")
        self.others = [
            a_colleague(store, f"Role {role}", role) for role in ROLES if "named" not in role
        ]

    def sits(self, actor: Actor) -> Actor:
        """This one's key is in the desk's hand."""
        keys = {ADVISOR.id: PRIVATE, self.nora.id: self._nora, self.pat.id: self._pat}
        keys |= {each.id: key for each, key in self.others}
        self.store.keyring.hold(actor.id, keys[actor.id])
        return actor

    @property
    def outside(self) -> list[Actor]:
        """Everybody it is not opened to, the one it is about first."""
        return [self.pat, *(each for each, _ in self.others)]


@pytest.fixture
def team(store: Store) -> Team:
    return Team(store)


def marked(store: Store, **changes: Any) -> Sheet:
    """A restricted sheet with the marker wherever something can be typed."""
    texts = {
        field.key: f"{MARK} {field.key}"
        for field in store.form
        if field.kind == "text" and field.key != "about_staff"
    }
    mother = Person(f"{MARK} mother", "adult", nhs_number="9990000034")
    unborn = Person(f"{MARK} unborn", "unborn", edd="2027-02-12", mother=mother)
    child = Person(f"{MARK} child", "child", dob="2024-02-29", nhs_number="9990000018")
    sheet = a_sheet(
        store.now(),
        values=texts | STAFF,
        caller=Person(f"{MARK} caller"),
        children=(child, unborn),
        notes=f"{MARK} notes",
        answers={"considered": Answer("answered", "yes"), "danger": Answer("answered", MARK)},
        actions=(Action("verbal-csc-caller", f"{MARK} who", "24h", store.now().isoformat()),),
        closed_anyway=f"{MARK} anyway",
    )
    prompts = {**sheet.prompts, "T2": Response("overridden", why=f"{MARK} why")}
    return replace(sheet, prompts=prompts, **changes)


def close(store: Store, sheet: Sheet, actor: Actor = ADVISOR) -> bytes:
    draft = drafts.new(store, actor)
    contacts.close(store, actor, draft, sheet).result()
    return draft.id


def stored(store: Store, key: bytes = KEY) -> str:
    """Every table of the decrypted file, as text; the ledger's own bytes among them."""
    db = connect(store.path, key)
    tables = [
        name for (name,) in db.conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    said = []
    for name in tables:
        for row in db.conn.execute(f'SELECT * FROM "{name}"'):
            for each in row:
                said.append(each.decode(errors="replace") if isinstance(each, bytes) else str(each))
    db.close()
    return "\n".join(said).casefold()


def reached(store: Store, actor: Actor, record: bytes) -> Iterator[str]:
    """All that somebody is given by the functions the screens and commands read with."""

    def tried(way: Any) -> str:
        try:
            return repr(way())
        except Refusal as refused:
            return f"REFUSED {refused}"

    words = (
        MARK,
        "zq",
        "9990000018",
        "29 feb 2024",
        "physical",
        "staff-allegation",
        "ED",
        "by:ada",
    )
    yield from (tried(lambda word=word: contacts.find(store, actor, word)) for word in words)
    yield from (
        tried(
            lambda word=word: persons.suggest(
                store, actor, word, ("child", "professional", "adult", "unborn")
            )
        )
        for word in words
    )
    yield tried(lambda: contacts.recent(store, actor))
    yield tried(lambda: contacts.still_open(store, actor))
    yield tried(lambda: contacts.by_id(store, actor, [record]))
    yield tried(lambda: contacts.get(store, actor, record))
    yield tried(lambda: history.changes(store, actor, record))
    yield tried(lambda: list(listing.stream(store, actor, ContactFilter())))
    yield tried(lambda: listing.page_of(store, actor, record))
    yield tried(lambda: sheets.sheet_of(store, actor, record))
    yield tried(lambda: sheets.last_sheet(store, actor))
    yield tried(lambda: sheets.take_over(store, actor, record).result())
    yield tried(lambda: visits.others(store, actor, record.hex(), record))
    yield tried(lambda: visits.caller_of(store, actor, record))
    yield tried(lambda: finding.waiting(store, actor, finding.understand(store, "is:open")))
    yield tried(lambda: drafts.waiting(store, actor))
    yield tried(lambda: restricted.may_have(store, actor, record))
    for table in ("contact", "person", "contact_person", "note", "outcome", "action"):
        for (each,) in store.reader.conn.execute(f'SELECT id FROM "{table}"'):
            yield tried(lambda each=each: persons.get(store, actor, each.hex()))


# -- drafts and open contacts ----------------------------------------------------------------------


def keep(store: Store, sheet: Sheet, actor: Actor = ADVISOR) -> Draft:
    draft = drafts.new(store, actor)
    drafts.save(store, draft, sheet).result()
    return draft
