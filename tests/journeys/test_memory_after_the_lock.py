"""What the memory of a running window holds, read as its own user: before the passphrase, and once it is locked."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from samples import close_one
from storage.tampering import cheap  # noqa: F401
from terminal import Terminal

from spoc.model.forms.sheet import Person
from spoc.storage import sealing, set_up
from spoc.storage.desk import sign_in
from spoc.storage.secrecy import keys

WORDS = "copper lantern mild thistle"
CHILD = Person("Quillfeather, Zebedee", "child", dob="2019-03-01")


def memory(process: int) -> Iterator[bytes]:
    """Each readable piece of a process's memory."""
    with (
        Path(f"/proc/{process}/maps").open() as maps,
        Path(f"/proc/{process}/mem").open("rb", buffering=0) as file,
    ):
        for line in maps:
            place, rights = line.split()[:2]
            if "r" not in rights or "[v" in line:
                continue
            first, last = (int(each, 16) for each in place.split("-"))
            try:
                file.seek(first)
                yield file.read(last - first)
            except OSError:
                continue


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read through /proc")
def test_after_the_lock_nothing_there_signs_or_opens_what_is_restricted(tmp_path: Path) -> None:
    """The figures stand in docs/deployment.md."""
    folder = tmp_path / "desk"
    set_up.prepare(folder, "S", "Desk", "Nora Named", "named-professional", WORDS).commit()
    desk = sign_in(folder, WORDS, window=False)
    close_one(desk.store, desk.actor, children=(CHILD,))
    desk.close()
    opened = keys.unlock(folder, WORDS)
    wanted = {
        "passphrase": WORDS.encode(),
        "private key": opened.private_key,
        "signing key": sealing.signing_seed(opened.private_key),
        "store's key": opened.data_key,
        "child": b"Quillfeather",
    }

    def found(window: Terminal) -> dict[str, int]:
        counts = dict.fromkeys(wanted, 0)
        for piece in memory(window.child.pid):
            for name, each in wanted.items():
                counts[name] += piece.count(each)
        return counts

    with Terminal(folder) as window:
        window.wait_for("Passphrase")
        window.read(1)
        assert set(found(window).values()) == {0}
        for letter in WORDS:
            window.type(letter)
        window.type("<enter>")
        window.wait_for("Today")
        window.read(1)
        there = found(window)
        assert there["private key"] and there["signing key"] and there["store's key"]
        window.send("\x0c")
        window.wait_for("Locked")
        window.read(1)
        there = found(window)
        assert (there["private key"], there["signing key"]) == (0, 0)
        assert there["store's key"] and there["child"], "the lock keeps them, as the page says"
