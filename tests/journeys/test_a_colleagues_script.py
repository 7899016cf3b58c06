"""A script writes to the store beside the window of a colleague, who sees within seconds that it does not count."""

from pathlib import Path

import pytest
from samples import a_sheet
from storage.tampering import EVE, NORA, Service, cheap  # noqa: F401
from terminal import Terminal

from spoc.model.forms.sheet import Person
from spoc.model.ledger.entry import Actor, Command
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.ledger import belief

CHILD = (Person("Falsely, Fay", "child", dob="2019-03-01"),)


@pytest.mark.long
def test_what_a_script_forges_leaves_the_screens_within_seconds_and_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An analyst logs a contact past the program, then makes herself a named professional."""
    service = Service(tmp_path / "desk")
    with Terminal(service.folder) as window:
        window.wait_for("Your name")
        window.type("Nora Named", "<enter>", NORA, "<enter>")
        window.wait_for("Today    1 contact")
        window.read(3)  # what was there at the sign-in is checked
        assert "do not verify" not in window.text

        desk = service.at("Eve Lyst", EVE)
        monkeypatch.setattr(belief, "still_may", lambda *said: None)
        eve = Actor(service.eve.id, "Eve Lyst", "advisor")
        draft = drafts.new(desk.store, eve)
        sheet = a_sheet(desk.store.now(), children=CHILD)
        contacts.close(desk.store, eve, draft, sheet).result()
        window.wait_for("The records do not verify: Entries", 15)
        window.wait_for("contact. Tell IT")
        assert "Falsely" not in window.text and "Today    1 contact" in window.text

        lead = Command("user", eve.id, {"role": "named-professional"})
        desk.store.act(eve, [lead]).result()
        desk.close()
        window.wait_for("Somebody wrote about the users or desks of this service", 15)
        window.type("q")
        assert window.ended() == 0
