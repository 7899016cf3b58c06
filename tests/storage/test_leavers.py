"""Who was removed, and who chose a colleague's first passphrase: neither gets in or reads on."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from samples import Clock, close_one, joined
from storage.test_trust import WORDS, folder, sign_in

from spoc.cli.commands import spoc as spoc_command
from spoc.model.errors import NotAllowed, Refusal, WrongPassphrase
from spoc.storage import desk as desks
from spoc.storage import sealing, set_up
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.secrecy import comparing, keyfile, keys, paper_codes
from spoc.storage.secrecy.rekeying import key_in_force
from spoc.storage.service import passphrases, users
from spoc.storage.upkeep.verify import verify

__all__ = ["folder"]

FIRST, OWN = "chosen by somebody else", "mulberry kettle frost lamp"
ALLEGATION = {"restricted": "staff-allegation", "about_staff": "nobody-here"}


def run(folder: Path, *words: str, passphrase: str = WORDS, new: str = OWN) -> tuple[int, str]:
    env = {"SPOC_PASSPHRASE": passphrase, "SPOC_NEW_PASSPHRASE": new}
    done = CliRunner(env=env).invoke(spoc_command, ["--store", str(folder), *words])
    refused = done.exception if isinstance(done.exception, Refusal) else None
    return (3, str(refused)) if refused else (done.exit_code, done.output)


def settle(folder: Path, words: str = WORDS, name: str = "Ada Shah") -> None:
    """Open the store with its window, which gives it the new data key."""
    key_in_force(folder, keys.unlock(folder, words, name), alone=True)


# -- who was removed -----------------------------------------------------------------------------


def test_a_leaver_who_puts_their_entry_back_is_let_in_nowhere_and_everybody_is_told(
    folder: Path, clock: Clock
) -> None:
    desk = sign_in(folder, clock)
    joined(desk, "Tom Hale", "advisor", OWN)
    before, _ = keyfile.read(folder)
    shutil.copytree(folder, folder.parent / "toms copy")
    users.remove(desk, users.by_name(desk.store, desk.actor, "Tom Hale").id, paper_codes.new_code())
    desk.close()
    settle(folder)
    now, former = keyfile.read(folder)
    (toms,) = [each for each in before.slots if each.user not in {slot.user for slot in now.slots}]
    keyfile.write(folder, replace(now, slots=(*now.slots, toms)), former)
    with pytest.raises(Refusal):
        sign_in(folder, clock, OWN, "Tom Hale")
    desk = sign_in(folder, clock, name="Ada Shah")
    (said,) = comparing.differences(desk.store.reader, folder)
    assert said.startswith("The key file lets in Tom Hale, who was removed: somebody put the entry")
    assert "Put back spoc.keys from the newest backup" in said
    assert said in verify(desk.store).findings
    desk.close()
    code, out = run(folder, "verify", "--user", "Ada Shah")
    assert code == 1 and "lets in Tom Hale, who was removed" in out


def test_the_recovery_code_that_a_leaver_saw_or_planted_is_gone_with_them(
    folder: Path, clock: Clock
) -> None:
    desk = sign_in(folder, clock)
    joined(desk, "Tom Hale", "advisor", OWN)
    planted = paper_codes.new_code()
    content, former = keyfile.read(folder)
    public = sealing.public_of(keys._recovery_private(content.store, planted))
    sealed = sealing.seal(public, desk.key, content.store)
    keyfile.write(
        folder, replace(content, recovery_public=public, recovery_data_key=sealed), former
    )
    (said,) = comparing.differences(desk.store.reader, folder)
    assert "The recovery code of the key file is not the one that the record names" in said
    assert said in verify(desk.store).findings
    fresh = paper_codes.new_code()
    users.remove(desk, users.by_name(desk.store, desk.actor, "Tom Hale").id, fresh)
    assert comparing.differences(desk.store.reader, folder) == []
    desk.close()
    settle(folder)
    with pytest.raises(WrongPassphrase, match="not the recovery code"):
        set_up.recover(folder, planted, "Ada Shah", "another long sentence", now=clock)
    clock.step(hours=1)
    set_up.recover(folder, fresh, "Ada Shah", "another long sentence", now=clock)
    desk = sign_in(folder, clock, "another long sentence")
    assert comparing.differences(desk.store.reader, folder) == []
    desk.close()


def test_the_command_prints_the_new_code_as_its_last_line_and_it_works(
    folder: Path, clock: Clock, tmp_path: Path
) -> None:
    desk = sign_in(folder, clock)
    users.add(desk, "Tom Hale", "advisor", FIRST)
    desk.close()
    code, out = run(folder, "user", "remove", "Tom Hale", "--user", "Ada Shah")
    assert code == 0 and "Tom Hale cannot sign in any more." in out
    paper = out.splitlines()[-1]
    assert keys.recovery_seed(folder, paper) and "write it on paper now" in out
    (tmp_path / "code").write_text(paper)
    new = ("recover", "--code-file", str(tmp_path / "code"))
    assert run(folder, *new, passphrase="another long sentence")[0] == 0


def test_a_key_that_was_swapped_is_said(folder: Path, clock: Clock) -> None:
    desk = sign_in(folder, clock)
    content, former = keyfile.read(folder)
    (slot,) = content.slots
    other = sealing.public_of(b"x" * 32)
    keyfile.write(folder, replace(content, slots=(replace(slot, public=other),)), former)
    (said,) = comparing.differences(desk.store.reader, folder)
    assert said.startswith("The key file holds another key for Ada Shah than the record.")
    desk.close()


# -- a first passphrase that somebody else chose ---------------------------------------------------


def test_whoever_chose_the_first_passphrase_reads_nothing_that_is_sealed_later(
    folder: Path, clock: Clock
) -> None:
    desk = sign_in(folder, clock)
    users.add(desk, "Nora Named", "named-professional", FIRST)
    kept = keys.unlock(folder, FIRST, "Nora Named").private_key  # by whoever gave it
    early = close_one(desk.store, desk.actor, values=ALLEGATION)
    draft = drafts.new(desk.store, desk.actor)
    drafts.save(
        desk.store, draft, replace(draft.sheet, values=ALLEGATION, notes="told by her")
    ).result()
    nora = sign_in(folder, clock, FIRST, "Nora Named")
    assert passphrases.is_another_ones(nora)
    passphrases.change(nora, FIRST, OWN)
    assert not passphrases.is_another_ones(nora)
    assert not (folder / "spoc.keys.old").exists(), "which opened with the first one"
    later = close_one(desk.store, desk.actor, values=ALLEGATION)
    for record in (early, later):
        assert (
            contacts.get(nora.store, nora.actor, record)[0].values["about_staff"] == "nobody-here"
        )
    assert [each.sheet.notes for each in drafts.waiting(nora.store, nora.actor)] == ["told by her"]
    thief = sign_in(folder, clock, OWN, "Nora Named")
    thief.store.keyring.hold(nora.actor.id, kept)
    with pytest.raises(NotAllowed):
        contacts.get(thief.store, nora.actor, later)
    assert all(each.shut for each in drafts.waiting(thief.store, nora.actor))
    with pytest.raises(WrongPassphrase):
        sign_in(folder, clock, FIRST, "Nora Named")
    clock.step(hours=1)
    again = sign_in(folder, clock, OWN, "Nora Named")
    assert contacts.get(again.store, again.actor, later)
    contacts.add_note(again.store, again.actor, later, "seen").result()
    tried = verify(again.store).findings  # the thief's tries, signed with the key that is gone
    assert tried and all("does not count" in each for each in tried)
    close_one(thief.store, nora.actor)
    assert len(verify(again.store).findings) == len(tried) + 1, "nor does what the former key signs"
    thief.close()
    for each in (again, nora, desk):
        each.close()


def test_at_a_command_nothing_goes_before_a_passphrase_of_ones_own(
    folder: Path, clock: Clock
) -> None:
    desk = sign_in(folder, clock)
    users.add(desk, "Tom Hale", "advisor", FIRST)
    desk.close()
    tom = ("--user", "Tom Hale")
    for command in (
        ("contact", "list"),
        ("user", "list"),
        ("verify",),
        ("user", "remove", "Ada Shah"),
    ):
        code, said = run(folder, *command, *tom, passphrase=FIRST)
        assert code == 3 and said == passphrases.CHOOSE, command
    assert run(folder, "user", "passphrase", *tom, passphrase=FIRST)[0] == 0
    assert run(folder, "contact", "list", *tom, passphrase=OWN)[0] == 0
    assert run(folder, "user", "list", "--user", "Ada Shah")[0] == 0, "who set it up chose it"


def test_a_change_that_cannot_be_written_leaves_all_as_it_was(
    folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = sign_in(folder, clock)
    record = close_one(desk.store, desk.actor, values=ALLEGATION)
    before = json.loads((folder / "spoc.keys").read_bytes())

    def full(*given: object, **more: object) -> None:
        raise desks.NotAllowed("no room")

    monkeypatch.setattr(users, "write", full)
    with pytest.raises(NotAllowed, match="no room"):
        passphrases.change(desk, WORDS, OWN)
    assert json.loads((folder / "spoc.keys").read_bytes()) == before
    assert contacts.get(desk.store, desk.actor, record)
    desk.close()
    sign_in(folder, clock).close()


def test_whoever_takes_a_lesser_role_themselves_keeps_it_and_nothing_is_called_forged(
    folder: Path, clock: Clock
) -> None:
    desk = sign_in(folder, clock)
    joined(desk, "Una Admin", "admin", OWN)
    desk.close()
    una = ("--user", "Una Admin")
    assert run(folder, "user", "role", "Una Admin", "analyst", *una, passphrase=OWN)[0] == 0
    code, said = run(folder, "user", "list", *una, passphrase=OWN)
    assert code == 0 and "without being entitled" not in said
    assert "Una Admin  analyst" in said
