"""Every public function of the storage that takes an actor asks whether the actor may."""

import importlib
import inspect
import os
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from click.testing import CliRunner
from samples import ADVISOR, a_colleague, close_one, joined

import spoc.storage as storage
from spoc.cli.commands import spoc
from spoc.intake.reading import of_bytes
from spoc.model.errors import NotAllowed
from spoc.model.ledger.chain import short
from spoc.model.ledger.entry import Command
from spoc.model.ledger.records import tables
from spoc.model.ledger.roster import GOVERNING
from spoc.model.ledger.table import Table
from spoc.model.ledger.written_by import WRITTEN_BY
from spoc.model.rules import access
from spoc.model.rules.access import BY_DESK, COMMANDS, ROLES
from spoc.storage import sealing, set_up
from spoc.storage.attendances import importing, listing
from spoc.storage.attendances.importing import Listed
from spoc.storage.desk import sign_in
from spoc.storage.extract import making
from spoc.storage.migrations import local
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify

# Those that do not ask, and why they need not.
INSIDE = "a part of acts that have asked, within their job"
SILENT = "whoever may not is given nothing, without a word"
EXCUSED = {
    "attendances.intakes.begin_import": INSIDE,
    "attendances.intakes.days_first": INSIDE,
    "attendances.intakes.end_import": INSIDE,
    "attendances.listing.taken": "compares a line that was read with the actor; reads nothing",
    "attendances.telling.text": "puts into words what was read already; reads nothing",
    "contacts.reading.finding.waiting": SILENT,
    "contacts.raised_stops.amending": INSIDE,
    "contacts.call.sheets.read_sheet": INSIDE,
    "contacts.call.sheets.hand_on_overdue": SILENT,
    "desk.hand_over": "the passphrase of the colleague has let them in; roles are asked by what they do next",
    "desks.vouching.vouch": "the passphrase has let them in; it brings in their own key",
    "followups.calendar.work_out_again": "follows from the calendar and is nobody's choice; it tells a number",
    "followups.followups.is_of": "compares a follow-up that was read with the actor; reads nothing",
    "followups.reading.sealed": "opens only what is sealed to the actor by name",
    "followups.naming.with_names": "names those of follow-ups that were read, where the role may see them",
    "followups.handover.seen": "keeps on this computer how far somebody has read",
    "followups.ringing.upcoming": SILENT,
    "followups.ringing.record_change": "an audit entry, which everybody leaves",
    "followups.ringing.record_trust": "an audit entry, which everybody leaves",
    "ledger.append.write": INSIDE,
    "ledger.belief.still_may": INSIDE,
    "ledger.append.append": INSIDE,
    "ledger.audit.record": "an audit entry, which everybody leaves",
    "persons.glance.glance": SILENT,
    "persons.statements.write": INSIDE,
    "persons.duplicates.check_new_children": SILENT,
    "persons.contact_facts.commands": INSIDE,
    "secrecy.exposure.exposed": "opens only what is sealed to the actor",
    "followups.naming.named_people": "names those of contacts that were read, as far as they may be seen",
    "persons.timeline.shown_events": "a part of pages that have asked; nothing of a baby who was lost",
    "attendances.reviewing.write": INSIDE,
    "secrecy.sealed_acts.within": INSIDE,
    "secrecy.sealed_acts.restrict": INSIDE,
    "secrecy.quiet.hidden": "says of whom nothing is shown to the actor; reads nothing else",
    "secrecy.quiet.hidden_contacts": "says of which contacts nothing is shown to the actor; reads nothing else",
    "secrecy.quiet.require_open": INSIDE,
    "secrecy.restricted.abouts_of": INSIDE,
    "secrecy.restricted.keys_of": INSIDE,
    "secrecy.restricted.refused": INSIDE,
    "secrecy.restricted.reader": "opens only what is sealed to the actor; whoever reads with it has asked",
    "secrecy.restricted.may_have": INSIDE,
    "secrecy.restricted.about_of": INSIDE,
    "secrecy.restricted.sealed_anew": "seals again what was sealed to the actor, to the actor",
    "secrecy.uncounted.written_by": "gives the actor only what they wrote themselves",
    "secrecy.uncounted.note": "counts what the actor wrote themselves",
    "secrecy.sealed_acts.append": INSIDE,
    "secrecy.sealed_acts.write": INSIDE,
    "service.settings.recorded": INSIDE,
    "upkeep.demo.fill": "invents the whole store that it writes into",
}

# What stands for itself where anything would be refused before the role is.
TYPED = {
    "name": "Ada",
    "dob": "t",
    "on": "t",
    "why": "heard more",
    "area": "Taunton",
    "nhs_number": "",
}
GIVEN: dict[str, Any] = {
    "name": "Ada",
    "query": "molly",
    "shown": MagicMock(fields={}),
    "waiting": [MagicMock(shut=False)],
    "to": "t+1",
    "why": "heard more",
    "values": TYPED,
    "fields": TYPED,
}


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each with its name, from the folder of the storage on."""
    for module in pkgutil.walk_packages(storage.__path__, "spoc.storage."):
        held = importlib.import_module(module.name)
        for name, each in vars(held).items():
            if name.startswith("_") or getattr(each, "__module__", "") != module.name:
                continue
            if inspect.isfunction(each) and "actor" in inspect.signature(each).parameters:
                yield f"{module.name.removeprefix('spoc.storage.')}.{name}", each


def called(function: Callable[..., Any], store: Store, role: str) -> Any:
    """What comes of a call by somebody of a role, all else that is given standing for anything."""
    known = {**GIVEN, "store": store, "actor": replace(ADVISOR, role=role), "db": store.reader}
    given = {
        name: known.get(name, MagicMock())
        for name, each in inspect.signature(function).parameters.items()
        if each.default is each.empty and each.kind is not each.VAR_KEYWORD
    }
    done = function(**given)
    if inspect.isgenerator(done):
        return list(done)
    return done.result() if hasattr(done, "result") and not isinstance(done, MagicMock) else done


def entries(store: Store) -> int:
    """How many entries there are, once all that was asked for is written."""
    store.submit(lambda _: None).result()
    (many,) = store.reader.conn.execute("SELECT count(*) FROM entry").fetchone()
    return int(many)


def test_every_function_that_takes_an_actor_refuses_a_stranger_or_is_excused(store: Store) -> None:
    before, unasked = entries(store), {}
    for name, function in functions():
        try:
            called(function, store, "stranger")
        except NotAllowed:
            continue
        except Exception as error:
            unasked[name] = f"{type(error).__name__}: {error}"
        else:
            unasked[name] = "went through"
    assert {name: why for name, why in unasked.items() if name not in EXCUSED} == {}
    assert [name for name in EXCUSED if name not in unasked] == []
    assert entries(store) - before <= 3  # what the clock says, in the audit


@pytest.mark.parametrize("role", ROLES)
def test_every_function_refuses_each_role_that_the_table_leaves_out(
    store: Store, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Told(dict[str, Any]):
        def __getitem__(self, command: str) -> Any:
            asked.append(command)
            return super().__getitem__(command)

    monkeypatch.setattr(access, "COMMANDS", Told(COMMANDS))
    let_in = []
    for name, function in functions():
        if name in EXCUSED:
            continue
        asked.clear()
        with pytest.raises(NotAllowed):
            called(function, store, "stranger")
        first = asked[0]
        if role in COMMANDS[first][0]:
            continue
        try:
            called(function, store, role)
        except NotAllowed:
            continue
        except Exception as error:
            let_in.append(f"{name} ({first}): {error}")
        else:
            let_in.append(f"{name} ({first})")
    assert let_in == []


def cells() -> Iterator[tuple[str, str, bool]]:
    """Role, command and what the page of roles says of them."""
    page = (Path(__file__).parents[2] / "docs" / "roles.md").read_text("utf-8")
    for line in page.partition("## By command")[2].partition("##")[0].splitlines():
        if line.startswith("| `"):
            command, _, *said = (each.strip() for each in line.strip("|").split("|"))
            yield from (
                (role, command.strip("`"), yes == "yes")
                for role, yes in zip(ROLES, said, strict=True)
            )


def test_every_cell_of_the_page_of_roles_is_what_is_asked() -> None:
    told = list(cells())
    assert len(told) == len(ROLES) * len(COMMANDS)
    for role, command, allowed in told:
        assert access.may(role, command) == allowed
        if allowed:
            access.require(role, command)
        else:
            with pytest.raises(NotAllowed, match="Your role"):
                access.require(role, command)


# A command line that asks each of these, with what else it needs. FILE is a file of JSON, NEW one that is not there.
ASKED = {
    "contact.log": ("contact", "add", "--json", "FILE"),
    "contact.list": ("contact", "list"),
    "contact.view": ("contact", "show", "0000"),
    "contact.search": ("contact", "find", "molly"),
    "contact.erase": ("contact", "erase", "CONTACT", "--why", "retention"),
    "followup.list": ("followup", "list"),
    "followup.act": ("followup", "claim", "ACTION"),
    "prompt.list": ("prompt", "list"),
    "person.search": ("person", "list"),
    "person.view": ("person", "show", "0" * 32, "--why", "call back"),
    "person.amend": ("person", "link", "0" * 32, "1" * 32, "--as", "same"),
    "pattern.adopt": ("pack", "adopt", "DA-4"),
    "attendance.import": ("import", "LIST", "--site", "ED-MPH"),
    "attendance.review": ("attendance", "withdraw", "INTAKE", "--why", "another week"),
    "attendance.view": ("attendance", "show", "0" * 32),
    "attendance.list": ("attendance", "list"),
    "report.make": ("report", "return", "--period", "2026-10"),
    "report.decide": ("report", "annotate", "contacts", "--date", "2026-10-01", "--why", "a new form"),
    "user.add": ("user", "add", "--name", "Zed Hawk", "--role", "reviewer", "--new-passphrase-file", "WORDS"),
    "user.role": ("user", "role", "Ada Shah", "named-professional"),
    "user.remove": ("user", "remove", "Olga Reed"),
    "user.list": ("user", "list"),
    "desk.setup": ("setting", "set", "idle_minutes", "5"),
    "pack.adopt": ("pack", "adopt", "generic"),
    "sync.run": ("sync", "--folder", "DIR"),
    "sync.invite": ("sync", "invite", "--for", "Yan Ives", "--role", "reviewer", "--out", "NEW"),
    "sync.revoke": ("sync", "revoke", "Yeovil"),
    "store.backup": ("backup", "DIR"),
    "extract.make": ("extract",),
    "store.verify": ("verify",),
    "user.passphrase": ("user", "passphrase", "--new-passphrase-file", "WORDS"),
}  # fmt: skip
NO_LINE = {
    "call.hand-on": "a colleague who takes the desk does it, or the desk itself",
    "contact.amend": "in the app alone",
    "audit.write": "every command leaves one",
    "report.view": "in the app alone: the command line makes returns",
    "sync.both-count": "needs a stream that goes two ways: see tests/sync",
}


def test_every_command_has_a_line_or_a_reason_why_it_has_none() -> None:
    assert {*ASKED, *NO_LINE} == set(COMMANDS) and not ASKED.keys() & NO_LINE.keys()


@pytest.mark.long
@pytest.mark.parametrize("role", ROLES)
def test_the_command_line_does_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    """Each command by somebody of each role: what is refused for the role is what the page says, and nothing else
    (that there is no such contact comes after it)."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    words = "four plain words here"
    first = ("Somerset", "Musgrove Park", "Ada Shah", "named-professional", words)
    set_up.prepare(tmp_path / "desk", *first).commit()
    desk = sign_in(tmp_path / "desk", words, window=False)
    joined(desk, "Mia Wells", role, words)
    joined(desk, "Olga Reed", "reviewer", words)
    files = {each: tmp_path / each.lower() for each in ("FILE", "NEW", "LIST", "DIR", "WORDS")}
    files["FILE"].write_text("[]")
    files["LIST"].write_text("Attendance Number,Surname,Arrival\nN1,Elm,19/11/2026 20:10\n")
    files["DIR"].mkdir()
    files["WORDS"].write_text("eight other plain words for her\n")
    contact = close_one(desk.store, desk.actor)
    rows = list(of_bytes(files["LIST"].read_bytes(), "list", listing.local_now(desk.store)).rows)
    importing.bring_in(desk.store, desk.actor, [Listed("list", rows)], "ED-MPH")
    keys = {"sign_key": bytes(range(32)).hex(), "seal_key": bytes(range(1, 33)).hex()}
    other = {"name": "Yeovil", "user": desk.actor.id.hex(), **keys}
    desk.store.act(desk.actor, [Command("desk", bytes(range(16)), other)]).result()
    db = desk.store.reader.conn
    (action,) = db.execute("SELECT id FROM action LIMIT 1").fetchone()
    (intake,) = db.execute("SELECT id FROM intake").fetchone()
    ids = {"CONTACT": contact.hex(), "ACTION": action.hex(), "INTAKE": intake.hex()}
    making.make(desk)
    desk.close()
    said = {command: allowed for each, command, allowed in cells() if each == role}
    run = CliRunner(env={"SPOC_PASSPHRASE": words})
    wrong = []
    for command, line in ASKED.items():
        given = [str(files.get(each, ids.get(each, each))) for each in line]
        done = run.invoke(spoc, ["--store", str(tmp_path / "desk"), *given, "--user", "Mia Wells"])
        refused = isinstance(done.exception, NotAllowed) and str(done.exception).startswith(
            "Your role"
        )
        if refused == said[command] or done.exit_code == 2:
            wrong.append((command, done.output, done.exception))
    assert wrong == [], "\n".join(map(repr, wrong))


def test_every_cell_of_kinds_of_record_is_what_a_signature_is_held_to() -> None:
    page = (Path(__file__).parents[2] / "docs" / "roles.md").read_text("utf-8")
    lines = page.partition("## By kind of record")[2].partition("\n## ")[0].splitlines()
    told = [
        [each.strip() for each in line.strip("|").split("|")]
        for line in lines
        if line.startswith("| `")
    ]
    assert {kind.strip("`") for kind, *_ in told} == set(WRITTEN_BY)
    govern = {*GOVERNING, "setting"}  # by rules of their own
    assert not tables().keys() - WRITTEN_BY.keys() - govern, "anybody could write these"
    for kind, _, *said in told:
        for role, yes in zip((*ROLES, BY_DESK), said, strict=True):
            may_write = any(access.counts(role, each) for each in WRITTEN_BY[kind.strip("`")])
            assert may_write == (yes == "yes"), (kind, role)


def test_every_cell_of_kinds_of_record_is_tried_with_a_signed_act(store: Store) -> None:
    """Whoever has a key and a script writes each kind past the program: verifying names it where the page says no."""
    people = {role: a_colleague(store, f"Role {role}", role)[0] for role in ROLES}
    contact, allowed = close_one(store).hex(), {}
    for role, actor in people.items():
        for kind in sorted(WRITTEN_BY):
            table = store.tables.get(kind, Table(kind, ()))
            owner = {table.owner: contact} if table.owner == "contact" else {}
            fields = {**owner, **{each.name: "x" for each in table.columns if each.kind == "word"}}
            fields.pop("second", None)
            command = Command(kind, os.urandom(16), fields or {"contact": contact})
            stream = "audit_stream" if kind == "audit" else "stream"
            (entry,) = (
                store.submit(
                    lambda db, actor=actor, command=command, stream=stream: store.append(
                        db, actor, [command], stream=stream
                    )
                )
                .result()
                .entries
            )
            allowed[entry.seq, stream] = any(access.counts(role, each) for each in WRITTEN_BY[kind])
    streams = {short(local(store.reader, each)): each for each in ("stream", "audit_stream")}
    found = {
        (int(number.replace(",", "")), streams[stream])
        for each in verify(store).findings
        for number, stream in re.findall(r"Entry ([0-9,]+) of stream (\S+) does not count", each)
    }
    assert found == {place for place, may_write in allowed.items() if not may_write}
    assert len(found) > 60
