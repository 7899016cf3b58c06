"""No name stands in clear in any file: while running, after the end, a kill, a crash, a backup."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from terminal import Terminal

from spoc.storage import sealing, set_up

PASSPHRASE = "four plain words here"
CHILD, CALLER, ADVISOR = "Quillfeather, Zephyrinë", "Ottoline Brackenridge", "Percival Thistlewood"
SERVICE, DESK, WORD = "Wyvernshire safeguarding", "Hobgoblin duty desk", "xylophonically"
SECRETS = (CHILD, "Quillfeather", "Zephyrinë", "Brackenridge", "Thistlewood", "Wyvernshire",
           "Hobgoblin", WORD, PASSPHRASE)  # fmt: skip

# Makes a key of the board fail with the drafts, names and all, in a local variable and in the message.
FAILS = """
import importlib.util, sys

class Failing:
    def find_spec(self, name, path=None, target=None):
        if name != "spoc.screens.desk.board":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            def action_list(self):
                held = [str(item) for item in self.query_one("Rows").items]
                raise ValueError(f"cannot list {held}")
            module.BoardScreen.action_list = action_list

        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Failing())
"""


def forms(text: str) -> set[bytes]:
    """A text in every form that a file might hold it in."""
    found: set[bytes] = set()
    for each in (text, text.lower(), text.upper(), text.casefold()):
        found |= {each.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")}
        found |= {
            form(each).encode() for form in (quote, quote_plus, lambda x: json.dumps(x)[1:-1])
        }
        found.add(each.encode("latin-1", "replace"))
    return found


FORMS = {form: secret for secret in SECRETS for form in forms(secret)}


class Place:
    """Folders of its own for a run: the store, temporary files, the user's home with all its caches."""

    def __init__(self, root: Path) -> None:
        self.root, self.store, self.temp, self.home = (
            root, root / "store", root / "temp", root / "home",
        )  # fmt: skip
        self.env = {"TMPDIR": str(self.temp), "HOME": str(self.home), "SQLITE_TMPDIR": ""}
        for name in ("CONFIG", "CACHE", "STATE", "DATA"):
            self.env[f"XDG_{name}_HOME"] = str(self.home / name.lower())
        for folder in (self.temp, self.home, *map(Path, list(self.env.values())[3:])):
            folder.mkdir(parents=True)

    def terminal(self, *arguments: str, **env: str) -> Terminal:
        return Terminal(self.store, *arguments, **self.env, **env)

    def clear(self, *, pid: int = 0) -> list[str]:
        """The files, and the nameless files a process holds open, in which something stands in clear."""
        files = [path for path in self.root.rglob("*") if path.is_file()]
        assert self.store / "spoc.db" in files
        for link in Path(f"/proc/{pid}/fd").iterdir() if pid else ():
            try:
                if os.readlink(link).startswith(str(self.root)):
                    files.append(link)
            except OSError:
                continue
        found = []
        for path in files:
            held = path.read_bytes()
            found += [f"{path}: {secret}" for form, secret in FORMS.items() if form in held]
            found += [f"{path}: {secret} in its name" for secret in SECRETS if secret in str(path)]
        return found


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    made = Place(tmp_path)
    set_up.prepare(made.store, SERVICE, DESK, ADVISOR, "advisor", PASSPHRASE).commit()
    yield made


def begin_a_call(terminal: Terminal) -> None:
    """Sign in and type a call as far as its notes; wait until it is on the disk."""
    terminal.wait_for("Passphrase")
    terminal.type(PASSPHRASE, "<enter>")
    terminal.wait_for("new call")
    terminal.type("n")
    terminal.wait_for("Type a name")
    terminal.type(
        CALLER, "<enter>", "ED", "<enter>", "nurse", "<enter>", "4521", "<enter>", "k", "<enter>"
    )
    terminal.type(CHILD, "<enter>", "190726", "<enter>", "<enter>", "ed", "<enter>", "p", "<enter>")
    terminal.type(
        "bnm", "<enter>", "<enter>", "ao", "<enter>", "<enter>", "aa", "<enter>", "<enter>"
    )
    terminal.type("<enter>", f"It was said {WORD}.")
    terminal.wait_for(WORD)
    terminal.answer_stop("1")
    terminal.wait_for("saved ")


@pytest.mark.long
def test_nothing_stands_in_clear_while_running_after_the_end_or_after_a_backup(
    place: Place,
) -> None:
    with place.terminal() as terminal:
        begin_a_call(terminal)
        limits = Path(f"/proc/{terminal.child.pid}/limits")
        if limits.exists():
            assert "Max core file size        0                    0" in limits.read_text()
            assert place.clear(pid=terminal.child.pid) == []
        assert place.clear() == []
        terminal.type("<f2>")
        terminal.wait_for("Have we thought about neglect")
        terminal.type("y")
        terminal.wait_until_closed("this week")
        terminal.type("/", "Quilfeather")
        terminal.wait_for("near spelling")
        assert place.clear(pid=terminal.child.pid if limits.exists() else 0) == []
        terminal.type("<escape>")
        terminal.wait_for("this week")
        terminal.type("q")
        assert terminal.ended() == 0
        assert ADVISOR not in terminal.text
    assert place.clear() == []
    with place.terminal(
        "backup", str(place.root / "backup"), SPOC_PASSPHRASE=PASSPHRASE
    ) as terminal:
        assert terminal.ended() == 0
        assert "Backup " in terminal.text
    assert len(list(place.root.rglob("spoc.db"))) >= 2
    assert place.clear() == []


@pytest.mark.long
def test_nothing_stands_in_clear_after_the_program_was_killed(place: Place) -> None:
    with place.terminal() as terminal:
        begin_a_call(terminal)
        terminal.child.kill()
        terminal.child.wait()
    assert place.clear() == []
    assert not list(place.root.rglob("core*"))


@pytest.mark.long
def test_a_crash_says_kind_and_place_only_and_leaves_nothing_in_clear(place: Place) -> None:
    hook = place.root / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(FAILS)
    with place.terminal(PYTHONPATH=str(hook)) as terminal:
        begin_a_call(terminal)
        terminal.type("<f9>")
        terminal.wait_for("Waiting  1 call")
        terminal.type("l")
        terminal.wait_for("it names no child")
        assert terminal.ended() == 70
    _, left, last = terminal.raw.rpartition(b"\x1b[?1049l")
    said = last.decode()  # what stands in the terminal once the program's pages are gone from it
    assert left
    assert "ValueError at" in said and "your typing is kept as a draft" in said
    for hint in ("Traceback", "cannot list", "held", "locals", *SECRETS):
        assert hint not in said
    assert place.clear() == []
    with place.terminal() as terminal:
        terminal.wait_for("Passphrase")
        terminal.type(PASSPHRASE, "<enter>")
        terminal.wait_for("Waiting  1 call")
        terminal.wait_for("Quillfeather")
