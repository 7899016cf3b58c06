"""What a restricted contact says of a child answers nobody whom it is not opened to, in any way of asking."""

from datetime import timedelta
from typing import Any

import pytest
from samples import ADVISOR, Clock, close_one
from storage.conftest import STAFF, Team

from spoc.model.documents import contact_from_json
from spoc.model.errors import Refusal
from spoc.model.forms.sheet import Person
from spoc.model.ledger.entry import Actor
from spoc.model.persons.match import Described
from spoc.storage.contacts import contact_add
from spoc.storage.contacts.reading import finding, listing
from spoc.storage.contacts.reading.listing import ContactFilter
from spoc.storage.persons import glance, matching, patterns, person_page, persons, record
from spoc.storage.store import Store

WORDS = ("Xanthe", "Quay House", "Quirke", "Zeal practice", "01632 960199", "whisper", "Brook")
ASKED = (
    Described("Brook, Tyler", address="Quay House, TA9 9ZZ"),
    Described("Brook, Tyler", phone="01632 960199"),
    Described("Xanthe", phone="01632 960199", mother="Quirke, Una"),
    Described("Xanthe Brook"),
)


def answers(store: Store, actor: Actor, child: bytes) -> dict[str, Any]:
    """Everything that somebody can ask about the child, and what it answers: restricted contacts count as such alone."""
    held = person_page.page(store, actor, child, household=True)
    found: dict[str, Any] = {
        "page": (held.record, held.pattern, held.events, held.found),
        "panel": glance.glance(store, actor, child),
        "list": record.listed(store, actor),
    }
    for words in WORDS:
        found[f"search {words}"] = [each.id for each in finding.all_near(store, actor, words)]
        found[f"child {words}"] = [
            each.person.id for each in persons.suggest(store, actor, words, ("child", "adult"))
        ]
    for asked in ASKED:
        met = matching.find(store, actor, asked)
        found[f"match {asked}"] = [(each.of, each.reasons, each.against) for each in met]
    for narrowed in (ContactFilter(category="sexual"), ContactFilter(issue="burn")):
        found[f"count {narrowed}"] = listing.count(store, actor, narrowed)
    return found


@pytest.mark.usefixtures("clock")
def test_nothing_answers_differently_for_what_a_restricted_contact_says_of_a_known_child(
    store: Store, team: Team, clock: Clock
) -> None:
    patterns.adopt(store, team.sits(team.nora), "CONCERN").result()
    team.sits(ADVISOR)
    known = Person("Brook, Tyler", "child", dob="2020-01-19", nhs_number="9990000018")
    close_one(store, children=(known,))
    (child,) = store.reader.conn.execute("SELECT id FROM person WHERE kind = 'child'").fetchone()
    asking = [actor for actor in team.outside if actor.role in ("advisor", "reviewer")]
    asking.append(team.pat)
    before = [answers(store, team.sits(actor), child) for actor in asking]
    team.sits(ADVISOR)
    clock.at += timedelta(hours=1)
    given = contact_from_json.read(
        {
            **STAFF, "category": "sexual", "issues": ["burn"],
            "caller": {"name": "Quirke, Una", "service": "ED", "phone": "01632 960199"},
            "children": [{
                "name": "Brook, Tyler", "dob": "2020-01-19", "nhs_number": "9990000018", "also": ["Xanthe"],
                "address": ["Quay House, TA9 9ZZ"], "phone": ["01632 960199"], "gp": "Zeal practice",
                "alerts": [{"code": "cp-plan", "said_by": "MASH", "checked": "2026-11-19"}],
                "household": [{"name": "Quirke, Una", "relation": "mother"}], "died": {"on": "2026-11-01", "said_by": "GP"},
            }],
            "notes": "whisper",
        },
        contact_add.rules(store),
    )  # fmt: skip
    assert isinstance(given, contact_from_json.ContactInput), given
    contact_add.add(store, ADVISOR, given).result()
    for actor, was in zip(asking, before, strict=True):
        now = answers(store, team.sits(actor), child)
        for asked, answer in was.items():
            assert now[asked] == answer, (actor.name, asked)


def test_who_may_not_see_persons_gets_no_answer_at_all(store: Store, team: Team) -> None:
    close_one(store, children=(Person("Brook, Tyler", "child", dob="2020-01-19"),))
    (child,) = store.reader.conn.execute("SELECT id FROM person WHERE kind = 'child'").fetchone()
    for actor, _ in team.others:
        if actor.role in ("advisor", "reviewer"):
            continue
        for ask in (
            lambda: person_page.page(store, actor, child),
            lambda: matching.find(store, actor, ASKED[0]),
            lambda: record.listed(store, actor),
            lambda: persons.suggest(store, actor, "Brook", ("child",)),
        ):
            with pytest.raises(Refusal):
                ask()
