"""A program that is killed at a chosen step: before or after a commit, or a write, fsync, rename or removal of a file,
halfway through a write, or before or after a statement to the hub."""

import io
import os
import signal
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from children import Say
from samples import ADVISOR, GENERIC, HANDS, KEY, PRIVATE, Clock, a_sheet
from sync.faulty_places import there

from spoc.model.forms.forms import Field
from spoc.storage import store_folder
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import Desk
from spoc.storage.driver import checkpointed
from spoc.storage.start import start
from spoc.storage.store import DB_NAME, Store
from spoc.sync import run
from spoc.sync.hub import Hub


class Steps:
    """Counts the steps of this process and kills it at the one after ``left`` more."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self) -> None:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1

    def around(self, owner: Any, name: str) -> None:
        """Counts a step before and after a function."""
        whole = getattr(owner, name)

        def stepped(*given: Any, **more: Any) -> Any:
            self()
            done = whole(*given, **more)
            self()
            return done

        setattr(owner, name, stepped)

    def count(self) -> None:
        """From here on everything that leaves a trace is a step."""
        for name in ("fsync", "rename", "replace", "unlink", "mkdir"):
            self.around(os, name)
        self.around(Hub, "_ask")
        transact, opens = Store._transact, Path.open

        def transacted(store: Store, job: Any) -> Any:
            def stepped(db: Any) -> Any:
                self()
                done = job(db)
                self()  # before the commit
                return done

            done = transact(store, job if job is checkpointed else stepped)
            self()
            return done

        def opened(path: Path, mode: str = "r", *given: Any, **more: Any) -> Any:
            file = opens(path, mode, *given, **more)
            return _Written(file, self) if mode == "wb" else file

        Store._transact = transacted  # type: ignore[method-assign]
        Path.open = opened  # type: ignore[method-assign,assignment]


class _Written:
    """A file each of whose writes may be cut off halfway."""

    def __init__(self, file: Any, step: Callable[[], None]) -> None:
        self.file, self.step = file, step

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def __enter__(self) -> "_Written":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def write(self, data: Any) -> int:
        self.step()
        half = len(data) // 2
        self.file.write(data[:half])
        if isinstance(self.file, io.BufferedIOBase):
            self.file.flush()
        self.step()
        self.file.write(data[half:])
        self.step()
        return len(data)


def work(
    folder: Path,
    form: tuple[Field, ...],
    at: datetime,
    address: str,
    there_at: datetime,
    calls: bool,
    left: int,
    hands: dict[bytes, bytes],
    drawn: bytes,
    say: Say,
) -> None:
    """In the child: takes a call, if ``calls``, and syncs, until it is killed. It says the contact (hex) once that is
    acknowledged, and "end" and how many steps were left."""
    HANDS.update(hands)
    os.urandom = Random(drawn).randbytes
    store_folder.user_settings = lambda: folder / "profile"
    step = Steps(left)
    step.count()
    store = start(folder / DB_NAME, KEY, GENERIC, form, now=Clock(at))
    store.keyring.hold(ADVISOR.id, PRIVATE)
    if calls:
        draft = drafts.new(store, ADVISOR)
        contacts.leave_open(store, ADVISOR, draft, a_sheet(store.now())).result()
        say(draft.id.hex())
    run.sync(Desk(store, ADVISOR, folder), there(address, Clock(there_at)))
    say(f"end {step.left}")
