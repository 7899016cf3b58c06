"""What a colleague, or whoever sits at the computer, may try with files and a script of their own."""

import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from samples import ADVISOR, KEY, Clock, a_colleague, a_sheet, close_one, set_up

from spoc.cli.commands import spoc as spoc_command
from spoc.guidance import passphrases
from spoc.guidance.naming import lore
from spoc.model.errors import BadInput, NotAllowed, Refusal, StoreDamaged
from spoc.model.persons import look_alike
from spoc.model.rules.access import ROLES, may_grant
from spoc.model.rules.passphrase import plain
from spoc.storage import desk as desks
from spoc.storage import sealing
from spoc.storage import set_up as setting_up
from spoc.storage.contacts.call import drafts
from spoc.storage.secrecy import keyfile, keys, tries
from spoc.storage.service import outputs, roles, users
from spoc.storage.service import passphrases as passphrases_of
from spoc.storage.store import DB_NAME, Store

WORDS = "four plain words here"


MARK = b"zqxmarker"


posix = pytest.mark.skipif(sys.platform == "win32", reason="rights and links as POSIX has them")


@pytest.fixture
def folder(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of its own, its first user Ada Shah, a named professional."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    place = tmp_path / "desk"
    first = ("Somerset", "Musgrove Park", "Ada Shah", "named-professional", WORDS)
    setting_up.prepare(place, *first, now=clock).commit()
    return place


def sign_in(folder: Path, clock: Clock, words: str = WORDS, name: str | None = None) -> desks.Desk:
    return desks.sign_in(folder, words, name, now=clock, window=False)


# -- files ---------------------------------------------------------------------------------------


@posix
def test_a_link_in_place_of_the_folder_of_clear_texts_is_not_followed(
    folder: Path, clock: Clock
) -> None:
    elsewhere = folder.parent / "share"
    elsewhere.mkdir()
    (elsewhere / "mine.txt").write_text("no output of this store")
    desk = sign_in(folder, clock)
    for name in ("read-backs", outputs.FOLDER):
        (folder / name).symlink_to(elsewhere, target_is_directory=True)
    with pytest.raises(BadInput, match="a link stands in place of the folder"):
        outputs.write(desk, "handover", "Ty Brook")
    assert outputs.listed(desk) == []
    assert [file.name for file in elsewhere.iterdir()] == ["mine.txt"]
    desk.close()


@posix
def test_every_file_of_a_store_is_its_owners_alone_whatever_the_folder_allows(
    tmp_path: Path, clock: Clock
) -> None:
    before = os.umask(0)
    try:
        place = tmp_path / "open"
        place.mkdir(mode=0o777)
        (place / DB_NAME).touch(mode=0o666)  # of an earlier version
        store = set_up(place, clock)
        close_one(store)
        tries.keep(place, clock())
        modes = {file.name: file.stat().st_mode & 0o777 for file in place.iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys((DB_NAME, f"{DB_NAME}-wal", f"{DB_NAME}-shm", tries.FILE), 0o600)


# -- what the WAL keeps --------------------------------------------------------------------------


def pages(store: Store) -> Iterator[bytes]:
    """Every page of the store's file and of its WAL in clear, as somebody with the data key reads them."""
    size, reserved = 4096, 80  # at the end of each: the IV, then the seal
    wal = Path(f"{store.path}-wal").read_bytes()
    held = store.path.read_bytes()
    found = [held[at : at + size] for at in range(0, len(held), size)]
    found += [wal[at + 24 : at + 24 + size] for at in range(32, len(wal), 24 + size)]
    for page in found:
        iv = page[-reserved : -reserved + 16]
        open_ = Cipher(algorithms.AES(KEY), modes.CBC(iv)).decryptor()
        yield open_.update(page[16:-reserved] if page[:16] == held[:16] else page[:-reserved])


def test_what_was_typed_in_clear_is_gone_from_every_page_once_the_call_is_sealed(
    store: Store, clock: Clock
) -> None:
    a_colleague(store, "Nora Named", "named-professional")
    draft, clear = drafts.new(store, ADVISOR), a_sheet(store.now(), notes=MARK.decode() * 20)
    for _ in range(3):
        drafts.save(store, draft, clear).result()
    assert sum(MARK in page for page in pages(store)) >= 1, "the attack reads what is there"
    about = {"restricted": "staff-allegation", "about_staff": "Pat Jones"}
    sealed = replace(clear, values={**clear.values, **about})
    drafts.save(store, draft, sealed).result()
    assert not any(MARK in page for page in pages(store))
    drafts.save(store, draft, clear).result()
    holder = store.connection()  # somebody reads: the WAL cannot be emptied yet
    holder.conn.execute("BEGIN")
    holder.conn.execute("SELECT count(*) FROM draft").fetchall()
    drafts.save(store, draft, sealed).result()
    assert store.clear_left
    holder.close()
    close_one(store)
    assert not store.clear_left and not any(MARK in page for page in pages(store))


# -- passphrases ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "correct horse battery staple", "Correct-Horse-Battery-Staple!", "Password2026!", "P@ssw0rd1234",
        "passwordpassword", "safeguarding2026", "qwertyuiopas", "098765432109", "aaaaaaaaaaaaaaa",
        "zebra zebra zebra zebra", "Christmas2025!!", "  password1234  ", "P@$$w0rd!!!!", "$unshine2026",
        "p\u00e4ssw\u00f6rd1234", "p a s s w o r d 1", "correct horse battery staple1", "the quick brown fox 2026",
        "1qaz!QAZ2wsx@WSX", "!QAZ2wsx#EDC4rfv", "zaq12wsxcde3", "1234qwerasdf", "poiuytrewq12", "qwertyqwerty1",
        "0123456789ab", "27112026271120", "supersecretpassword", "Welcome to NHS", "monkey dragon", "a b c d e f g",
    ],
)  # fmt: skip
def test_what_anybody_tries_first_is_no_passphrase(folder: Path, clock: Clock, words: str) -> None:
    before = (folder / "spoc.keys").read_bytes()
    desk = sign_in(folder, clock)
    with pytest.raises(BadInput, match="among the first that anybody tries"):
        passphrases_of.change(desk, WORDS, words)
    with pytest.raises(BadInput, match="among the first that anybody tries"):
        users.add(desk, "Tom Hale", "advisor", words)
    desk.close()
    assert (folder / "spoc.keys").read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        "four plain words here", "mulberry kettle frost lamp", "summer monday password lamp", "staple the yellow kite",
        "mulberrykettle", "sunday roast lunch", "party power expert", "my kettle 1974", "Brass-Owl-77-tram",
    ],
)  # fmt: skip
def test_four_plain_words_are_taken(words: str) -> None:
    assert keys.fault_of(words) == ""


def test_what_is_refused_holds_and_names_its_source() -> None:
    data = tomllib.loads((Path(passphrases.__file__).parent / "refused.toml").read_text("utf-8"))
    assert data["source"]["review"].year >= 2027 and data["source"]["edition"]
    assert all(len(plain(each)) >= 10 for each in data["known"]["passphrases"])
    assert len(passphrases.guessed().words) > 100


def test_the_passphrase_leaves_the_environment_once_it_is_read(folder: Path) -> None:
    script = (
        "import os, sys; from spoc.cli.commands import commands\n"
        "code = commands(['--store', sys.argv[1], 'user', 'list'])\n"
        "print(code, 'SPOC_PASSPHRASE' in os.environ)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        env={**os.environ, "SPOC_PASSPHRASE": WORDS}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.stdout.splitlines()[-1] == "0 False", ran.stderr


@pytest.mark.parametrize(
    "cost",
    [{"memory": 1_048_576}, {"memory": 524_288, "passes": 16}, {"passes": 1_000_000}, {"lanes": 64}],
)  # fmt: skip
def test_a_key_file_cannot_ask_for_more_than_a_computer_has(
    folder: Path, clock: Clock, cost: dict[str, int]
) -> None:
    file = folder / "spoc.keys"
    held = json.loads(file.read_bytes())
    held["slots"][0]["cost"] = {"memory": 131_072, "passes": 3, "lanes": 4, **cost}
    del held["sha256"]
    held["sha256"] = keyfile.checksum(held)
    file.write_text(json.dumps(held))
    began = time.monotonic()
    with pytest.raises(StoreDamaged, match="missing or damaged"):
        sign_in(folder, clock)
    assert time.monotonic() - began < 2


# -- names and roles -----------------------------------------------------------------------------

TITLES = lore().titles


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("Adá Shah", "Ada Shah"), ("ADASHAH", "Ada Shah"), ("Ada 5hah", "Ada Shah"), ("Ada.Shah", "Ada Shah"),
        ("Torn Hale", "Tom Hale"), ("Tom Ha1e", "Tom Hale"), ("Tom HaIe", "Tom Hale"), ("Ａｄａ Shah", "Ada Shah"),
    ],
)  # fmt: skip
def test_what_looks_the_same_is_the_same(name: str, like: str) -> None:
    assert look_alike.look_alike(
        name, ["Bea Bird", "Tom Hale", "Ada Shah"], TITLES
    ) == look_alike.Alike(like, same=True)


@pytest.mark.parametrize(
    "name",
    [
        "Dr Ada Shah", "Shah Ada", "Ada Jane Shah", "Ada Shah (duty)", "Ada Shar", "Ada Shha", "Sister Ada Shah RN",
        "Ада Шах", "Αδα Σαχ",
    ],
)  # fmt: skip
def test_what_reads_nearly_the_same_is_asked_about(name: str) -> None:
    assert look_alike.fault(name) == ""
    found = look_alike.look_alike(name, ["Ada Shah"], TITLES)
    assert found is not None and not found.same


@pytest.mark.parametrize("name", ["Bea Shah", "Ada Bird", "Shah", "Tom Hale", "Mia Wells"])
def test_another_name_is_another(name: str) -> None:
    assert look_alike.look_alike(name, ["Ada Shah"], TITLES) is None


@pytest.mark.parametrize(
    "name", ["Аda Shah", "Ada Shаh", "Ada\u200b Shah", "Ada\u00ad Shah", "Adα Shah"]
)
def test_another_alphabet_within_a_name_and_letters_nobody_sees_are_refused(
    folder: Path, clock: Clock, name: str
) -> None:
    desk = sign_in(folder, clock)
    with pytest.raises(BadInput, match="so that it could pass for another; nobody was added"):
        users.add(desk, name, "advisor", "another long sentence", sure=True)
    desk.close()


def run(folder: Path, *words: str) -> tuple[int, str]:
    done = CliRunner(
        env={"SPOC_PASSPHRASE": WORDS, "SPOC_NEW_PASSPHRASE": "another long sentence"}
    ).invoke(spoc_command, ["--store", str(folder), *words], catch_exceptions=True)
    return done.exit_code, str(done.exception) if isinstance(
        done.exception, Refusal
    ) else done.output


def test_a_look_alike_is_added_once_somebody_says_that_it_is_another_person(folder: Path) -> None:
    assert (
        "That looks the same as Ada Shah (named professional)"
        in run(folder, "user", "add", "--name", "Ada 5hah")[1]
    )
    code, said = run(folder, "user", "add", "--name", "Dr Ada Shah", "--role", "reviewer")
    assert (
        code
        and "That could be taken for Ada Shah (named professional), who uses this store" in said
    )
    assert said.endswith("Is it somebody else? Then add --another-person.")
    added = ("user", "add", "--name", "Dr Ada Shah", "--role", "reviewer", "--another-person")
    assert run(folder, *added) == (0, "Dr Ada Shah can sign in now, as reviewer.\n")


@pytest.fixture
def without_a_lead(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, str]:
    """A store of one advisor, Ada Shah, and its recovery code."""
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    made = setting_up.prepare(
        tmp_path / "advised", "Somerset", "Musgrove Park", "Ada Shah", "advisor", WORDS, now=clock
    )
    made.commit()
    return made.folder, made.code


def test_the_first_named_professional_is_made_with_the_recovery_code_and_the_next_by_one(
    without_a_lead: tuple[Path, str], tmp_path: Path
) -> None:
    folder, paper = without_a_lead
    code = tmp_path / "code"
    lead = ("user", "add", "--name", "Nora Named", "--role", "named-professional")
    status, said = run(folder, *lead)
    assert status and said.startswith(
        "Your role (duty advisor) may not make somebody named professional"
    )
    assert "spoc user role NAME named-professional --code-file FILE" in said
    code.write_text("0000-1111-2222-3333-4444-5555-6666")
    assert (
        "not the recovery code"
        in run(folder, "user", "role", "Ada Shah", "named-professional", "--code-file", str(code))[
            1
        ]
    )
    code.write_text(paper)
    made = run(folder, "user", "role", "Ada Shah", "named-professional", "--code-file", str(code))
    assert made == (0, "Ada Shah is named professional from their next sign-in.\n")
    assert run(folder, *lead, "--user", "Ada Shah") == (
        0,
        "Nora Named can sign in now, as named professional.\n",
    )
    assert run(folder, "user", "add", "--name", "Tom Hale", "--user", "Ada Shah") == (
        0,
        "Tom Hale can sign in now, as duty advisor.\n",
    )
    own = {
        "SPOC_PASSPHRASE": "another long sentence",
        "SPOC_NEW_PASSPHRASE": "mulberry kettle frost lamp",
    }
    changed = CliRunner(env=own).invoke(
        spoc_command, ["--store", str(folder), "user", "passphrase", "--user", "Tom Hale"]
    )
    assert changed.exit_code == 0
    toms = CliRunner(env={"SPOC_PASSPHRASE": "mulberry kettle frost lamp"}).invoke(
        spoc_command,
        ["--store", str(folder), "user", "role", "Tom Hale", "named-professional", "--code-file", str(code), "--user", "Tom Hale"],
    )  # fmt: skip
    assert "A named professional does: Ada Shah, Nora Named." in str(toms.exception), (
        "the code does not, where there is one"
    )


@pytest.mark.parametrize("giver", ROLES)
def test_nobody_makes_somebody_more_than_they_are(folder: Path, clock: Clock, giver: str) -> None:
    desk = sign_in(folder, clock)
    seat = replace(desk, actor=replace(desk.actor, role=giver))
    for role in ROLES:
        if not may_grant(giver, role):
            with pytest.raises(NotAllowed):
                users.add(seat, f"Mia {role}", role, "another long sentence")
            with pytest.raises(NotAllowed):
                roles.change(
                    seat, desk.actor.id, role if role != "named-professional" else "advisor"
                )
    assert may_grant("advisor", "advisor") and may_grant("advisor", "reviewer")
    assert not may_grant("admin", "named-professional")
    desk.close()
    assert keys.user_count(folder) == 1
