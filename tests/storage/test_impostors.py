"""Acts with which somebody of the service, their own key and a script in hand, would pass for another or for more than
they are: back-dated, passed off as the beginning of a person or of a desk, or with a right that the same act gives."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from storage.tampering import BEA, EVE, FORGED, NORA, UNKNOWN, Service, cheap  # noqa: F401

from spoc.model.ledger import roster
from spoc.model.ledger.act import signed_content
from spoc.model.ledger.entry import Actor, Command, LedgerPosition, encode, entry_id
from spoc.storage import sealing
from spoc.storage.desk import FORGED as FORGED_ALARM
from spoc.storage.desks import group as groups
from spoc.storage.desks.vouching import ANOTHER_KEY
from spoc.storage.driver import Database
from spoc.storage.keyring import own_keys
from spoc.storage.migrations import local
from spoc.storage.secrecy import keys
from spoc.storage.service import settings, users
from spoc.storage.upkeep.verify import verify

LONG_AGO, AT = 10, "2026-11-26T21:00:00.000Z"
MORE = "whoever signed it may not take that role away from somebody."


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    yield Service(tmp_path / "desk")


class Script:
    """What somebody writes past the program, in a stream of their own and at whatever time they say it was."""

    def __init__(self, service: Service, name: str, words: str) -> None:
        self.service, self.hlc = service, LONG_AGO
        self.stream, self.seq, self.prev = os.urandom(16), 0, bytes(32)
        desk = service.at(name, words)
        self.actor, self.seed = desk.actor, desk.store.keyring.seed_of(desk.actor.id)
        self.nora = users.by_name(desk.store, desk.actor, "Nora Named").id
        desk.close()

    def act(
        self, commands: Sequence[Command], actor: bytes = b"", seeds: Sequence[bytes] = ()
    ) -> None:
        self.service.tamper(lambda db: self._write(db, commands, actor, seeds or [self.seed]))

    def _write(
        self, db: Database, commands: Sequence[Command], actor: bytes, seeds: Sequence[bytes]
    ) -> None:
        act, digests = os.urandom(16), []
        for each in commands:
            self.seq, self.hlc = self.seq + 1, self.hlc + 1
            place = LedgerPosition(
                self.stream, self.seq, self.prev, act, len(commands), AT, self.hlc, actor or self.actor.id, 6, None,
            )  # fmt: skip
            header, body = encode(each, place, os.urandom(16))
            self.prev = hashlib.sha256(header).digest()
            digests.append(self.prev)
            row = (self.stream, self.seq, entry_id(header), self.hlc, each.tbl, each.record, header)
            db.conn.execute("INSERT INTO entry VALUES(?, ?, ?, ?, ?, ?, ?)", row)
            db.conn.execute("INSERT INTO payload VALUES(?, ?)", (entry_id(header), body))
        signed = b"".join(sealing.signed(each, signed_content(digests)) for each in seeds)
        db.conn.execute("INSERT INTO signature VALUES(?, ?)", (act, signed))

    def note(self, text: str = "No referral advised.") -> Command:
        said = {"contact": self.service.contact.hex(), "text": text}
        return Command("note", os.urandom(16), said, seen={})


def reasons(service: Service) -> list[str]:
    """Why each act that does not count does not, as verifying says it."""
    return [each.rpartition(": ")[2] for each in service.verified().findings]


def writes(service: Service, name: str, words: str, *commands: Command) -> None:
    desk = service.at(name, words)
    desk.store.act(desk.actor, list(commands)).result()
    desk.close()


# -- back-dated ------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["in her record", "as a further key", "as if she began so"])
def test_a_key_for_another_counts_nowhere_however_early_it_says_it_was(
    service: Service, how: str
) -> None:
    """An advisor once signed as the named professional so, and verifying found all as it was written."""
    script, hers = Script(service, "Bea Bird", BEA), os.urandom(32)
    shown = keys.public_fields(hers)
    told = {
        "in her record": [Command("user", script.nora, shown, seen={})],
        "as a further key": [Command("user_key", os.urandom(16), {"user": script.nora.hex(), **shown}, seen={})],
        "as if she began so": [
            Command("user", script.nora, {"name": "Nora Named", "role": "advisor", **shown}, seen={})
        ],
    }[how]  # fmt: skip
    script.act(told)
    script.act([script.note()], script.nora, [sealing.signing_seed(hers)])
    why = roster.ANOTHER_BEGAN if how == "as if she began so" else FORGED
    assert reasons(service) == [why, UNKNOWN]
    assert service.notes() == ["Referral advised."]
    writes(service, "Nora Named", NORA, script.note("Her own."))
    assert service.notes() == ["Referral advised.", "Her own."]


@pytest.mark.parametrize("witnessed", [True, False])
def test_of_two_acts_that_add_one_person_one_counts_and_the_other_is_named(
    service: Service, witnessed: bool
) -> None:
    """A newcomer has nothing before: who else wrote about the service since had seen which of the two was there."""
    if witnessed:
        desk = service.at("Nora Named", NORA)
        users.add(desk, "Cy Dunn", "advisor", "seven words that Cy has")
        desk.close()
        desk = service.at("Cy Dunn", "seven words that Cy has")
        users.add(desk, "Dee Elm", "reviewer", "eight words that Dee has")
        desk.close()
    script, hers = Script(service, "Bea Bird", BEA), os.urandom(32)
    said = {"name": "Eve Lyst", "role": "advisor", **keys.public_fields(hers)}
    script.act([Command("user", service.eve.id, said, seen={})])
    script.act([script.note()], service.eve.id, [sealing.signing_seed(hers)])
    told = reasons(service)
    assert roster.ANOTHER_BEGAN in told
    if witnessed:
        assert told == [roster.ANOTHER_BEGAN, UNKNOWN]
        assert service.notes() == ["Referral advised."]
    desk = service.at("Eve Lyst", EVE)
    assert FORGED_ALARM in desk.alarms
    assert (ANOTHER_KEY in desk.alarms) != witnessed, "where hers is the one that fell, she is told"
    desk.close()


def test_a_code_that_is_planted_before_the_services_own_stands_for_nobody(service: Service) -> None:
    script, planted, hers = Script(service, "Bea Bird", BEA), os.urandom(32), os.urandom(32)
    seed = sealing.signing_seed(planted)
    desk = service.at("Bea Bird", BEA)
    (own,) = desk.store.reader.conn.execute("SELECT id FROM recovery").fetchone()
    desk.close()
    script.act(
        [Command("recovery", own, keys.public_fields(planted), seen={})], b"", [script.seed, seed]
    )
    lead = Command("user", script.actor.id, {"role": "named-professional"}, seen={})
    script.act([lead], b"", [script.seed, seed])
    key = Command("user", script.nora, keys.public_fields(hers), seen={})
    script.act([key], script.nora, [sealing.signing_seed(hers), seed])
    script.act([script.note()], script.nora, [sealing.signing_seed(hers)])
    told = reasons(service)
    assert len(told) == 4 and told[0] == "whoever signed it may not remove a user."
    assert told[2:] == [UNKNOWN, UNKNOWN]
    assert service.notes() == ["Referral advised."]


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "words", "whose"),
    [("Eve Lyst", EVE, "eve"), ("Bea Bird", BEA, "bea"), ("Bea Bird", BEA, "eve"), ("Bea Bird", BEA, "nora")],
)  # fmt: skip
@pytest.mark.parametrize("on_top", [True, False])
def test_nobody_is_given_another_name(
    service: Service, who: str, words: str, whose: str, on_top: bool
) -> None:
    """An analyst once called herself as the named professional is called, and nothing said so."""
    desk = service.at(who, words)
    nora = users.by_name(desk.store, desk.actor, "Nora Named").id
    user = {"eve": service.eve.id, "bea": service.bea.id, "nora": nora}[whose]
    (heads,) = desk.store.reader.conn.execute(
        "SELECT _heads FROM user WHERE id = ?", (user,)
    ).fetchone()
    on = {"name": tuple(json.loads(heads)["name"])} if on_top else {}
    desk.store.act(desk.actor, [Command("user", user, {"name": "Nora  Named"}, on)]).result()
    desk.close()
    desk = service.at("Nora Named", NORA)
    assert desk.alarms == (FORGED_ALARM,)
    assert len(users.all(desk.store, desk.actor)) == 3
    assert all(each.name != "Nora  Named" for each in users.all(desk.store, desk.actor))
    desk.close()
    assert reasons(service) == [roster.RENAMED]
    desk = service.at("Nora Named", NORA)
    assert sorted(each.name for each in users.all(desk.store, desk.actor)) == [
        "Bea Bird", "Eve Lyst", "Nora Named",
    ]  # fmt: skip
    desk.close()


# -- desks -----------------------------------------------------------------------------------------


def joins(actor: Actor) -> Command:
    """What a desk that joins says of itself."""
    shown = {"sign_key": os.urandom(32).hex(), "seal_key": os.urandom(32).hex()}
    return Command("desk", os.urandom(16), {"name": "Desk", "user": actor.id.hex(), **shown})


@pytest.mark.parametrize("role", ["analyst", "reviewer", "advisor"])
def test_what_passes_for_a_desk_that_joins_changes_no_setting_and_gives_no_right(
    service: Service, role: str
) -> None:
    """A desk that joins says by which pack it begins; an analyst once chose the service's pack and name so."""
    desk = service.at("Nora Named", NORA)
    users.add(desk, "Rob Ward", role, "nine words that Rob has here")
    stream = settings.own_desk(desk.store.reader)
    desk.close()
    who, words = "Rob Ward", "nine words that Rob has here"
    desk = service.at(who, words)
    said = [settings.command("pack", "somerset"), settings.command("service", "Another trust")]
    named = settings.command("desk", "Another desk", desk=stream)
    desk.store.act(desk.actor, [joins(desk.actor), *said, named]).result()
    if role != "advisor":  # who may not change settings
        hours = settings.command("hours.desk", "Mon-Sun 00:00-23:59")
        desk.store.act(desk.actor, [joins(desk.actor), hours]).result()
    desk.close()
    told = reasons(service)
    assert told == (
        [] if role == "advisor" else ["whoever signed it may not change the desk's settings."]
    )
    desk = service.at("Nora Named", NORA)
    assert (desk.store.pack.id, desk.service, desk.name) == ("generic", "S", "Desk")
    settings.change(desk.store, desk.actor, "pack", "somerset").result()
    desk.close()
    desk = service.at("Nora Named", NORA)
    assert desk.store.pack.id == "somerset", "who may change it does so, on top"
    desk.close()


@pytest.mark.parametrize(("who", "words"), [("Eve Lyst", EVE), ("Bea Bird", BEA)])
def test_the_keys_of_a_desk_are_those_it_began_with(service: Service, who: str, words: str) -> None:
    """Whoever gives another desk a key of theirs speaks for it."""
    desk = service.at("Nora Named", NORA)
    own = desk.store.submit(lambda db: own_keys(db, desk.store.now())).result()
    before = groups.every(desk.store.reader)
    desk.close()
    desk = service.at(who, words)
    false = {**joins(desk.actor).fields}
    desk.store.act(desk.actor, [Command("desk", own.id, false)]).result()
    desk.close()
    assert reasons(service) == [roster.ANOTHER_DESK]
    desk = service.at("Nora Named", NORA)
    assert groups.every(desk.store.reader) == before and own.id in before
    assert local(desk.store.reader, "desk_keys")
    desk.close()


# -- rights ----------------------------------------------------------------------------------------


def test_a_right_that_an_act_gives_is_not_used_in_it(service: Service) -> None:
    script = Script(service, "Eve Lyst", EVE)
    lead = Command("user", service.eve.id, {"role": "named-professional"})
    writes(service, "Eve Lyst", EVE, lead, script.note())
    assert reasons(service) == ["whoever signed it may not add a user."]
    assert service.notes() == ["Referral advised."]
    lead = Command("user", service.bea.id, {"role": "named-professional"})
    writes(service, "Bea Bird", BEA, lead, Command("erase", os.urandom(16), {"why": "retention"}))
    assert "whoever signed it may not give somebody that role." in reasons(service)


def test_two_who_may_not_remove_a_named_professional_do_not_together_either(
    service: Service,
) -> None:
    """Nor end a key of hers, with which she signs."""
    desk = service.at("Nora Named", NORA)
    users.add(desk, "Ivo Yard", "admin", "nine words that Ivo has here")
    desk.close()
    desk = service.at("Ivo Yard", "nine words that Ivo has here")
    beside = [desk.store.keyring.seed_of(desk.actor.id)]
    desk.close()
    desk = service.at("Bea Bird", BEA)
    nora = users.by_name(desk.store, desk.actor, "Nora Named").id
    (heads,) = desk.store.reader.conn.execute(
        "SELECT _heads FROM user WHERE id = ?", (nora,)
    ).fetchone()
    on = {"_void": tuple(each for ids in json.loads(heads).values() for each in ids)}
    for gone in (
        Command("user", nora, {"_void": True}, on),
        Command("user_key", os.urandom(16), {"user": nora.hex(), "_void": True}),
    ):
        desk.store.submit(
            lambda db, gone=gone: desk.store.append(db, desk.actor, [gone], second=beside)
        ).result()
    desk.close()
    desk = service.at("Nora Named", NORA)  # she was once shut out until somebody else verified
    assert desk.alarms == (FORGED_ALARM,)
    assert [each.rpartition(": ")[2] for each in verify(desk.store).findings] == [MORE, MORE]
    desk.close()
    desk = service.at("Bea Bird", BEA)
    assert desk.alarms == (FORGED_ALARM,), "whoever signs in first does not keep it from the others"
    desk.close()
