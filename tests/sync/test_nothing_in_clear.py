"""No name stands in clear in what a desk leaves behind: its folders, the share, the hub, whatever its people do."""

import random
import tempfile
from pathlib import Path

import calling
import pytest
from calling import Caller, acts
from storage.tampering import NORA, Service
from sync.test_two_desks import Two, cheap, two  # noqa: F401
from test_clear_text import CALLER, CHILD, WORD, forms

from spoc.intake.reading import of_bytes
from spoc.storage.attendances import importing, listing
from spoc.storage.attendances.importing import Listed
from spoc.storage.secrecy import form_drafts
from spoc.storage.secrecy.form_drafts import FormDraft
from spoc.sync.hub import prepare

SECRETS = (CHILD, "Quillfeather", "Zephyrinë", CALLER, "Brackenridge", WORD)
FORMS = {form: secret for secret in SECRETS for form in forms(secret)}
NIGHT = (
    "Attendance Number,Surname,Forename,DOB,Arrival,Presenting complaint\n"
    f"N1,Quillfeather,Zephyrinë,19/07/2026,19/11/2026 20:10,{WORD}"
)
GIVEN = (
    "outputs",
)  # pages that somebody asked for to be printed: the guide says that they are in clear


def clear(*folders: Path) -> list[str]:
    found = []
    for folder in folders:
        for file in folder.rglob("*"):
            inside = file.relative_to(folder)
            if file.is_file() and not set(GIVEN) & set(inside.parts):
                data = file.read_bytes()
                found += [f"{inside}: {secret}" for form, secret in FORMS.items() if form in data]
                found += [f"{inside}: in its name" for secret in SECRETS if secret in str(inside)]
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's home, settings and temporary files, a test's own."""
    made = tmp_path / "home"
    for name in ("temp", "config", "cache", "state", "data"):
        (made / name).mkdir(parents=True)
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(made / name))
    monkeypatch.setenv("HOME", str(made))
    monkeypatch.setenv("TMPDIR", str(made / "temp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr("spoc.storage.store_folder.user_settings", lambda: made / "config")
    return made


def test_nothing_that_any_function_writes_stands_in_clear(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every public function is called, found by the test, with a name wherever it takes words: letters, headings,
    notes on charts, what others supply, requests, drafts of forms."""
    monkeypatch.setattr(calling, "_WORDS", (*SECRETS, f"{CHILD} {WORD}"))
    service = Service(tmp_path / "desk")
    desk = service.at("Nora Named", NORA)
    now = listing.local_now(desk.store)
    rows = list(of_bytes(NIGHT.encode(), "list", now, {"presenting complaint": "complaint"}).rows)
    importing.bring_in(desk.store, desk.actor, [Listed("list", rows)], "ED-MPH")
    caller = Caller(desk, random.Random(7))
    for name, function in acts():
        caller.call(name, function, desk.actor)
    typed = FormDraft("note", service.contact, desk.actor.id)
    form_drafts.save(desk.store, typed, {"text": f"{CHILD} {WORD}"}).result()
    assert len(caller.wrote) > 10
    said = desk.store.reader.conn.execute("SELECT count(*) FROM attendance").fetchone()
    assert said[0] >= 1
    assert clear(service.folder, home) == []
    desk.close()
    assert clear(service.folder, home) == []
    (home / "temp" / "left").write_text(f"of {CHILD.upper()}", "utf-16-le")
    assert clear(home), "what is left in clear would be seen"


@pytest.fixture(params=["share", "hub"])
def hub_or_none(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("hub")) if request.param == "hub" else ""


@pytest.mark.long
def test_nothing_stands_in_clear_at_the_places_of_sync(
    hub_or_none: str,
    two: Two,  # noqa: F811
    home: Path,
    tmp_path: Path,
) -> None:
    hub = hub_or_none
    if hub:
        prepare(hub)
        two.place_named = ("--hub", hub)
    watched = [tmp_path / each for each in ("a", "b", "share")]

    def nothing_in_clear(after: str) -> None:
        found = clear(*(each for each in watched if each.exists()), home)
        if hub:
            import psycopg

            with psycopg.connect(hub) as db:
                tables = [
                    each
                    for (each,) in db.execute(
                        "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
                        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
                    )
                ]
                rows = [row for each in tables for row in db.execute(f"SELECT * FROM {each}")]
            held = b"\0".join(
                each if isinstance(each, bytes) else str(each).encode()
                for row in rows
                for each in row
            )
            assert rows
            found += [f"hub: {secret}" for form, secret in FORMS.items() if form in held]
        assert found == [], after

    two.call("a", "a-1", children=[{"name": CHILD, "dob": "2026-07-19"}], notes=f"It was {WORD}.",
             caller={"name": CALLER, "service": "ED", "role": "nurse"})  # fmt: skip
    (tmp_path / "night.csv").write_text(NIGHT)
    assert two.run("a", "import", str(tmp_path / "night.csv"), "--site", "ED-MPH")[0] == 0
    two.join("b")
    for desk in "baba":
        two.sync(desk)
    nothing_in_clear("sync")
    (contact,) = two.rows("b")
    assert contact["notes"] == f"It was {WORD}."
    made = tmp_path / "share" / "returns"
    for said in (
        ("report", "return", "--period", "2026-11", "--out", str(made)),
        ("backup", str(tmp_path / "a" / "kept")),
        ("verify",),
        ("contact", "read-back", contact["id"]),
        ("person", "list"),
        ("attendance", "list"),
        ("followup", "list"),
    ):
        assert two.run("a", *said)[0] in (0, 1), said
        nothing_in_clear(said[0])
    two.sync("a")
    nothing_in_clear("another sync")
