"""What somebody who leaves in anger, with the data key and a knowledge of databases, may try on the file itself."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from storage.tampering import BEA, EVE, NORA, Service, chained, cheap  # noqa: F401

from spoc.model.errors import StoreDamaged, WrongPassphrase
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.ledger.entry import Command, canonical
from spoc.model.ledger.records import tables
from spoc.storage import desk as desks
from spoc.storage import sealing
from spoc.storage.desks import marker
from spoc.storage.desks.vouching import TAKEN_OUT
from spoc.storage.driver import Database
from spoc.storage.ledger import projection
from spoc.storage.migrations import keep_local, local
from spoc.storage.secrecy import keyfile
from spoc.storage.service import users
from spoc.storage.upkeep.verify import verify


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    yield Service(tmp_path / "desk")


def as_if_nothing_was_ever_signed(db: Database) -> None:
    """The whole ledger as an early version would have written it, with one note that says the opposite."""

    def unsigned(said: dict[str, Any]) -> dict[str, Any] | None:
        if said["tbl"] in ("user_key", "recovery", "desk", "cover"):
            return None
        if said["tbl"] == "user":
            value = json.loads(said["payload"])
            value["set"].pop("sign_key", None)
            return said | {"payload": canonical(value)}
        return said | {"payload": said["payload"].replace(b"Referral", b"No referral")}

    chained(db, unsigned)
    db.conn.execute("DELETE FROM signature")
    db.conn.execute("DELETE FROM local WHERE key IN ('roots', 'desk_keys', 'verified')")
    projection.refold(db, tables(CONTACT_FORM))


def test_signing_does_not_begin_anew_over_a_ledger_whose_signatures_were_taken_out(
    service: Service,
) -> None:
    """It once did: the next sign-in covered the false ledger, and all of it verified."""
    service.tamper(as_if_nothing_was_ever_signed)
    marker.path().unlink()  # which also knew that there had been more
    for name, words in (("Nora Named", NORA), ("Bea Bird", BEA)):
        desk = service.at(name, words)
        assert desk.alarms == (TAKEN_OUT,)
        assert not local(desk.store.reader, "roots")
        desk.close()
    assert any("no signature can be checked" in each for each in service.verified().findings)


@pytest.mark.parametrize("noted", [{"many": 99, "at": "2020-01-01T00:00:00.000Z"}, {"at": "2020-01-01T00:00:00.000Z"}])  # fmt: skip
def test_a_false_note_of_what_was_seen_already_hides_no_forgery(
    service: Service, noted: dict[str, Any]
) -> None:
    """An analyst once signed in as a named professional so, and nothing said it."""
    desk = service.at("Eve Lyst", EVE)
    lead = Command("user", service.eve.id, {"role": "named-professional"})
    desk.store.act(desk.actor, [lead]).result()
    desk.store.submit(lambda db: keep_local(db, "forged", noted)).result()
    desk.close()
    desk = service.at("Eve Lyst", EVE)
    assert desk.actor.role == "analyst" and desk.alarms == (desks.FORGED,)
    desk.close()
    desk = service.at("Nora Named", NORA)
    assert {each.name: each.role for each in users.all(desk.store, desk.actor)}["Eve Lyst"] == (
        "analyst"
    )
    assert desk.alarms == (desks.FORGED,)
    desk.close()


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER quiet AFTER INSERT ON audit BEGIN UPDATE local SET value = value; END",
        "CREATE VIEW quiet AS SELECT text FROM note",
    ],
)
def test_a_trigger_or_view_that_somebody_added_is_named(service: Service, sql: str) -> None:
    """It acts in the name of whoever writes next."""
    service.tamper(lambda db: db.conn.execute(sql))
    desk = service.at("Nora Named", NORA)
    (said,) = verify(desk.store).findings
    desk.close()
    assert "a trigger or view that spoc did not put there (quiet)" in said


# -- the key file ----------------------------------------------------------------------------------------


def test_a_passphrase_that_was_made_cheap_to_guess_is_named(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gives a colleague their first passphrase with a script can write the entry with next to no work for a
    try; whoever lowers the figure of an entry that is there only spoils it."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(128, 2, 1))
    content, former = keyfile.read(service.folder)
    one, *rest = content.slots
    cheap_one = replace(one, cost=sealing.Cost(8, 1, 1))
    keyfile.write(service.folder, replace(content, slots=(cheap_one, *rest)), former)
    with pytest.raises(WrongPassphrase):
        service.at("Nora Named", NORA)
    desk = service.at("Bea Bird", BEA)
    said = verify(desk.store).findings
    desk.close()
    assert len(said) == 3, "those that were written at the lower cost of the tests as well"
    assert "passphrase of Nora Named cheap to guess (8 KiB and 1 passes" in " ".join(said)


def test_what_an_entry_of_the_key_file_may_ask_of_the_computer_is_bounded(service: Service) -> None:
    whole = json.loads((service.folder / "spoc.keys").read_bytes())
    for cost in (
        {"memory": 1 << 31, "passes": 1, "lanes": 1},
        {"memory": 524_288, "passes": 16, "lanes": 1},
        {"memory": 8, "passes": 1 << 31, "lanes": 1},
        {"memory": -8, "passes": 1, "lanes": 1},
        {"memory": 64.0, "passes": 1, "lanes": 1},
        {"memory": True, "passes": 1, "lanes": 1},
    ):
        whole["slots"][0]["cost"] = cost
        whole.pop("sha256", None)
        whole["sha256"] = keyfile.checksum(whole)
        (service.folder / "spoc.keys").write_text(json.dumps(whole))
        with pytest.raises(StoreDamaged, match=r"key file .* is missing or damaged"):
            service.at("Bea Bird", BEA)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of another kind")
def test_a_pipe_in_place_of_the_key_file_is_not_waited_for(service: Service) -> None:
    (service.folder / "spoc.keys").unlink()
    os.mkfifo(service.folder / "spoc.keys")
    with pytest.raises(StoreDamaged, match=r"key file .* is missing or damaged"):
        service.at("Bea Bird", BEA)
