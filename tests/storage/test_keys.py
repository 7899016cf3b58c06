"""The key file: who gets in, who does not, and what a spoilt file says."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from spoc.model.errors import (
    BadInput,
    DiskFull,
    FolderUnusable,
    NotAStore,
    StoreDamaged,
    StoreExists,
    StoreTooNew,
    WrongPassphrase,
)
from spoc.storage import sealing
from spoc.storage.secrecy import keyfile, keys, paper_codes, tries
from spoc.storage.store_folder import write_durably

CHEAP = sealing.Cost(memory=64, passes=1, lanes=1)
ANN, BEN = b"a" * 16, b"b" * 16
PASS, OTHER = "correct horse battery", "staple the yellow kite"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def in_child(work: Callable[[], None], *, drop_root: bool = False, file_limit: int = 0) -> None:
    """Run ``work`` in a fork, as nobody or with a limit on file sizes; its failure is ours."""
    child = os.fork()
    if child == 0:
        try:
            if file_limit:
                import resource

                resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
            if drop_root and os.getuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            work()
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that somebody who is not root can reach."""
    made = Path(tempfile.mkdtemp(prefix="spoc-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def create(folder: Path) -> tuple[bytes, str]:
    return keys.create(folder, ANN, "Ann O'Brien", PASS, CHEAP)


def test_full_cost_is_128_mib_three_passes_four_lanes() -> None:
    assert sealing.Cost(memory=131_072, passes=3, lanes=4) == keys.COST


def test_the_passphrase_opens_what_create_made(folder: Path) -> None:
    data_key, _ = create(folder)
    opened = keys.unlock(folder, PASS)
    assert (opened.user, opened.data_key) == (ANN, data_key)
    assert len(data_key) == 32
    assert keys.user_count(folder) == 1


def test_what_is_unlocked_does_not_show_its_keys(folder: Path) -> None:
    create(folder)
    assert repr(keys.unlock(folder, PASS)) == f"OpenedKeys(user={ANN!r})"


def test_a_wrong_passphrase_opens_nothing(folder: Path) -> None:
    create(folder)
    with pytest.raises(WrongPassphrase, match="records are safe"):
        keys.unlock(folder, PASS + "!")


def test_a_passphrase_typed_with_another_form_of_accent_still_opens(folder: Path) -> None:
    keys.create(folder, ANN, "Ann", "caf\u00e9 au lait et the", CHEAP)
    assert keys.unlock(folder, "cafe\u0301 au lait et the").user == ANN


def test_each_of_several_users_opens_the_same_store_by_name(folder: Path) -> None:
    data_key, _ = create(folder)
    public = keys.add_user(folder, data_key, BEN, "Ben Okafor", OTHER, CHEAP)
    assert keys.unlock(folder, PASS, "  ANN   o'brien ").data_key == data_key
    ben = keys.unlock(folder, OTHER, "ben okafor")
    assert (ben.user, ben.data_key) == (BEN, data_key)
    assert keys.public_key(folder, BEN) == public
    with pytest.raises(WrongPassphrase):
        keys.unlock(folder, PASS, "Ben Okafor")


def test_with_several_users_a_name_is_asked_for_and_no_try_is_counted(folder: Path) -> None:
    data_key, _ = create(folder)
    keys.add_user(folder, data_key, BEN, "Ben", OTHER, CHEAP)
    with pytest.raises(BadInput, match="type your name"):
        keys.unlock(folder, PASS)
    assert tries.failed(folder) == []


def test_a_name_that_is_given_must_be_right_even_with_one_user(folder: Path) -> None:
    create(folder)
    with pytest.raises(WrongPassphrase):
        keys.unlock(folder, PASS, "Ben")


def test_no_name_stands_in_the_folder_in_clear_text(folder: Path) -> None:
    data_key, _ = create(folder)
    keys.add_user(folder, data_key, BEN, "Ben Okafor", OTHER, CHEAP)
    with pytest.raises(WrongPassphrase):
        keys.unlock(folder, "Zebedee and the magic", "Zebedee", now=NOW)
    kept = b"".join(file.read_bytes() for file in folder.iterdir()).lower()
    for word in (b"ann", b"brien", b"okafor", b"zebedee", b"magic", data_key.hex().encode()):
        assert word not in kept


def test_a_second_user_of_the_same_name_is_refused(folder: Path) -> None:
    data_key, _ = create(folder)
    with pytest.raises(BadInput, match="already uses"):
        keys.add_user(folder, data_key, BEN, "ANN O'BRIEN", OTHER, CHEAP)


def test_a_short_passphrase_is_refused_and_nothing_is_made(folder: Path) -> None:
    with pytest.raises(BadInput, match="at least 12 characters"):
        keys.create(folder, ANN, "Ann", "elevenchars", CHEAP)
    assert not folder.exists()


@pytest.mark.parametrize("file", ["spoc.keys", "spoc.db"])
def test_create_never_overwrites(folder: Path, file: str) -> None:
    folder.mkdir()
    (folder / file).write_bytes(b"precious")
    with pytest.raises(StoreExists):
        create(folder)
    assert [(f.name, f.read_bytes()) for f in folder.iterdir()] == [(file, b"precious")]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_may_read_the_keys(folder: Path) -> None:
    create(folder)
    keys.change_passphrase(folder, ANN, PASS, OTHER, CHEAP)
    assert {f.name: f.stat().st_mode & 0o777 for f in folder.iterdir()} == {
        "spoc.keys": 0o600,
        "spoc.keys.lock": 0o600,
        "spoc.keys.old": 0o600,
    }
    assert folder.stat().st_mode & 0o777 == 0o700


def test_changing_a_passphrase_keeps_data_key_and_key_pair_and_the_former_file(
    folder: Path,
) -> None:
    create(folder)
    before, former = keys.unlock(folder, PASS), (folder / "spoc.keys").read_bytes()
    keys.change_passphrase(folder, ANN, PASS, OTHER, CHEAP)
    assert keys.unlock(folder, OTHER) == before
    assert (folder / "spoc.keys.old").read_bytes() == former
    with pytest.raises(WrongPassphrase):
        keys.unlock(folder, PASS)


def test_changing_a_passphrase_leaves_every_other_slot_byte_for_byte(folder: Path) -> None:
    data_key, _ = create(folder)
    keys.add_user(folder, data_key, BEN, "Ben", OTHER, CHEAP)
    before = json.loads((folder / "spoc.keys").read_bytes())
    keys.change_passphrase(folder, ANN, PASS, "a third one entirely", CHEAP)
    after = json.loads((folder / "spoc.keys").read_bytes())
    assert after["slots"][1] == before["slots"][1]
    assert after["recovery"] == before["recovery"]


def test_a_passphrase_is_not_changed_without_the_old_one(folder: Path) -> None:
    create(folder)
    with pytest.raises(WrongPassphrase):
        keys.change_passphrase(folder, ANN, OTHER, OTHER, CHEAP)
    assert keys.unlock(folder, PASS).user == ANN
    assert len(tries.failed(folder)) == 1


def test_the_recovery_code_has_140_bits_in_seven_groups_of_four(folder: Path) -> None:
    _, code = create(folder)
    assert [len(group) for group in code.split("-")] == [4] * 7
    assert set(code) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")


def test_the_recovery_code_opens_however_it_is_typed(folder: Path) -> None:
    data_key, code = create(folder)
    keys.add_user(folder, data_key, BEN, "Ben", OTHER, CHEAP)
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    before = keys.unlock(folder, OTHER, "Ben")
    opened = keys.reset_passphrase(folder, typed, "ben", "a new one for Ben", CHEAP)
    assert (opened.user, opened.data_key) == (BEN, data_key)
    assert opened.private_key != before.private_key
    assert keys.unlock(folder, "a new one for Ben", "Ben") == opened
    assert keys.unlock(folder, PASS, "Ann O'Brien").data_key == data_key


def test_another_stores_recovery_code_is_refused(folder: Path, tmp_path: Path) -> None:
    create(folder)
    _, other = create(tmp_path / "other")
    with pytest.raises(WrongPassphrase, match="not the recovery code"):
        keys.reset_passphrase(folder, other, None, OTHER, CHEAP)
    assert keys.unlock(folder, PASS).user == ANN


def test_a_recovery_code_with_a_group_missing_is_refused_in_words(folder: Path) -> None:
    _, code = create(folder)
    with pytest.raises(BadInput, match="seven groups of four"):
        keys.reset_passphrase(folder, code[:-5], None, OTHER, CHEAP)


def test_one_group_of_the_code_is_confirmed_with_its_confusable_letters() -> None:
    code = "A01B-CDEF-GHJK-MNPQ-RSTV-WXYZ-2345"
    assert paper_codes.confirm(code, 1, " aoib ")
    assert paper_codes.confirm(code, 1, "AOLB")
    assert not paper_codes.confirm(code, 2, "A01B")
    assert not paper_codes.confirm(code, 1, "A01")
    assert not paper_codes.confirm(code, 8, "2345")


# --- a file that is not as it should be ----------------------------------------------------------


def rewritten(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the key file and make its checksum fit again."""
    path = folder / "spoc.keys"
    content = json.loads(path.read_bytes())
    change(content)
    content.pop("sha256")
    content["sha256"] = keyfile.checksum(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["slots"][0]["cost"].update(memory=100 * 1024 * 1024),
        lambda c: c["slots"][0]["cost"].update(memory=10**400),
        lambda c: c["slots"][0]["cost"].update(passes=True),
        lambda c: c["slots"][0]["cost"].update(passes=10**6),
        lambda c: c["slots"][0]["cost"].update(lanes=0),
        lambda c: c["slots"][0]["cost"].update(more=1),
        lambda c: c["slots"][0].update(salt="zz"),
        lambda c: c["slots"][0].update(private="00"),
        lambda c: c["slots"][0].update(public=7),
        lambda c: c["slots"][0].pop("data_key"),
        lambda c: c["slots"][0].update(data_key="00" * 92),
        lambda c: c["slots"].append(c["slots"][0]),
        lambda c: c.update(slots=[]),
        lambda c: c.update(slots="abc"),
        lambda c: c.update(slots=None),
        lambda c: c.update(recovery=[]),
        lambda c: c.update(format=0),
        lambda c: c.update(format="1"),
        lambda c: c.update(store=None),
    ],
)
def test_a_key_file_with_an_impossible_value_is_called_damaged(
    folder: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    create(folder)
    rewritten(folder, change)
    with pytest.raises(StoreDamaged, match=r"records themselves were not touched.*spoc\.keys\.old"):
        keys.unlock(folder, PASS)
    assert tries.failed(folder) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b"[" * 100_000, b"{}", b" " * 2_000_000],
    ids=["empty", "cut", "list", "null", "number", "text", "bytes", "deep", "bare", "huge"],
)
def test_a_key_file_that_is_no_key_file_is_called_damaged(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "spoc.keys").write_bytes(content)
    with pytest.raises(StoreDamaged):
        keys.unlock(folder, PASS)


def test_a_key_file_cut_at_any_length_is_called_damaged(folder: Path) -> None:
    create(folder)
    path = folder / "spoc.keys"
    whole = path.read_bytes()
    for length in range(0, len(whole), 37):
        path.write_bytes(whole[:length])
        with pytest.raises(StoreDamaged):
            keys.user_count(folder)


def test_one_changed_digit_is_called_damage_not_a_wrong_passphrase(folder: Path) -> None:
    create(folder)
    path = folder / "spoc.keys"
    text = path.read_text()
    at = text.index('"private": "') + 20
    path.write_text(text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :])
    with pytest.raises(StoreDamaged):
        keys.unlock(folder, PASS)


@pytest.mark.parametrize("part", ["salt", "public", "user"])
def test_a_forged_slot_does_not_open(folder: Path, part: str) -> None:
    create(folder)
    rewritten(folder, lambda c: c["slots"][0].update({part: c["slots"][0][part][::-1]}))
    with pytest.raises(WrongPassphrase):
        keys.unlock(folder, PASS)


def test_a_later_format_is_refused_in_words(folder: Path) -> None:
    create(folder)
    rewritten(folder, lambda c: c.update(format=keyfile.FORMAT + 1, slots="shaped otherwise"))
    with pytest.raises(StoreTooNew, match="later version"):
        keys.unlock(folder, PASS)


def test_no_key_file_beside_a_database_is_damage_and_no_database_is_no_store(folder: Path) -> None:
    with pytest.raises(NotAStore):
        keys.unlock(folder, PASS)
    assert not folder.exists()
    folder.mkdir()
    (folder / "spoc.db").touch()
    with pytest.raises(StoreDamaged):
        keys.unlock(folder, PASS)


# --- faults while writing ------------------------------------------------------------------------


@pytest.mark.parametrize("nth", [1, 2])
def test_a_kill_before_either_rename_leaves_the_old_passphrase_working(
    folder: Path, nth: int
) -> None:
    create(folder)
    script = f"""
import os, signal, sys
from pathlib import Path
from spoc.storage import sealing
from spoc.storage.secrecy import keys
real, calls = os.replace, []
def killed(*a):
    calls.append(a)
    if len(calls) == {nth}:
        os.kill(os.getpid(), signal.SIGKILL)
    real(*a)
os.replace = killed
keys.change_passphrase(Path({str(folder)!r}), {ANN!r}, {PASS!r}, {OTHER!r}, sealing.Cost(64, 1, 1))
"""
    ended = subprocess.run([sys.executable, "-c", script], check=False)
    assert ended.returncode == -9
    assert keys.unlock(folder, PASS).user == ANN
    keys.change_passphrase(folder, ANN, PASS, OTHER, CHEAP)  # the leftover is no obstacle
    assert keys.unlock(folder, OTHER).user == ANN
    assert not list(folder.glob("*.new"))


def test_a_full_disk_is_one_sentence_and_leaves_the_old_file(folder: Path) -> None:
    data_key, _ = create(folder)
    before = (folder / "spoc.keys").read_bytes()

    def add() -> None:
        with pytest.raises(DiskFull, match="no room left"):
            keys.add_user(folder, data_key, BEN, "Ben", OTHER, CHEAP)

    in_child(add, file_limit=len(before) + 10)
    assert (folder / "spoc.keys").read_bytes() == before
    assert not list(folder.glob("*.new"))


def test_a_read_only_folder_unlocks_and_says_so_when_it_must_write(open_to_all: Path) -> None:
    folder = open_to_all / "store"
    create(folder)
    (folder / "spoc.keys").chmod(0o644)
    folder.chmod(0o555)

    def work() -> None:
        assert keys.unlock(folder, PASS).user == ANN
        with pytest.raises(WrongPassphrase):
            keys.unlock(folder, OTHER)
        tries.clear(folder)
        with pytest.raises(FolderUnusable, match="cannot be written"):
            keys.change_passphrase(folder, ANN, PASS, OTHER, CHEAP)

    in_child(work, drop_root=True)
    folder.chmod(0o755)
    assert [f.name for f in folder.iterdir()] == ["spoc.keys"]


def test_a_failed_write_keeps_the_former_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_durably(path, b"former")

    def work() -> None:
        with pytest.raises(OSError):
            write_durably(path, b"x" * 100)

    in_child(work, file_limit=50)
    assert [(f.name, f.read_bytes()) for f in tmp_path.iterdir()] == [("file", b"former")]


# --- wrong tries ---------------------------------------------------------------------------------


def test_wrong_tries_are_kept_with_their_time_until_cleared(folder: Path) -> None:
    create(folder)
    times = [NOW + timedelta(seconds=n) for n in range(3)]
    for time in times:
        with pytest.raises(WrongPassphrase):
            keys.unlock(folder, OTHER, now=time)
    keys.unlock(folder, PASS)
    assert tries.failed(folder) == times
    tries.clear(folder)
    tries.clear(folder)
    assert tries.failed(folder) == []


def test_the_file_of_tries_stays_small_and_survives_rubbish(folder: Path) -> None:
    folder.mkdir()
    (folder / "spoc.tries").write_bytes(b"\xff rubbish\n2026-11-20\n2026-11-20T09:00:00\n")
    for n in range(3 * tries.KEPT):
        tries.keep(folder, NOW + timedelta(seconds=n))
    kept = tries.failed(folder)
    assert len(kept) == tries.KEPT
    assert kept[-1] == NOW + timedelta(seconds=3 * tries.KEPT - 1)
    assert (folder / "spoc.tries").stat().st_size <= 81 * tries.KEPT


def test_the_wait_doubles_from_two_seconds_to_five_minutes() -> None:
    waits = [tries.wait([NOW] * n, NOW) for n in range(14)]
    assert waits == [0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert tries.wait([NOW] * 10_000, NOW) == 300


def test_the_wait_runs_down_and_a_clock_put_back_does_not_lengthen_it() -> None:
    five = [NOW] * 5
    assert tries.wait(five, NOW + timedelta(seconds=3)) == 5
    assert tries.wait(five, NOW + timedelta(hours=1)) == 0
    assert tries.wait(five, NOW - timedelta(days=400)) == 0
    to_come = [NOW + timedelta(days=9)] * 1000  # written by hand
    assert tries.wait(to_come, NOW) == 0


def test_importing_the_module_does_not_load_the_cryptography_library() -> None:
    script = "import sys, spoc.storage.secrecy.keys; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
