"""``spoc demo``: the app on invented work that is deleted at the end, or a demo store that stays."""

import contextlib
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from spoc.model.documents import crash
from spoc.model.errors import EncryptionMissing

if TYPE_CHECKING:
    from spoc.app import SpocApp
    from spoc.storage.desk import Desk
    from spoc.widgets.preferences import Preferences

CONTACTS, SEED = 250, 20261120
_SHOWN = 1000  # from this many contacts filling shows its progress
_MISSING = "The demo is the same program on invented data, so it needs the library as well."


def demo_app(desk: "Desk", liked: "Preferences | None" = None) -> "SpocApp":
    """The app with a demo that leaves nothing behind: nobody signs in, and nothing is backed up."""
    from textual.screen import Screen

    from spoc.app import SpocApp
    from spoc.storage.upkeep.demo import PASSPHRASE

    class DemoApp(SpocApp):
        demo_words = f"all of it is invented · passphrase: {PASSPHRASE}"

        def _first_screen(self) -> Screen[object]:
            self.call_later(self.sit_down, desk)
            return Screen()

        def _look_after(self) -> None:  # type: ignore[override]
            """Does nothing: a demo that is deleted needs no backup."""

    return DemoApp(desk.folder, liked=liked)


def show(contacts: int = CONTACTS, seed: int = SEED) -> int:
    """Shows a demo that leaves nothing behind; returns the exit code."""
    from spoc.widgets.textual_private import lenient_terminal

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write(
            "The demo shows its pages in a terminal, and this is not one; nothing was made. Start it in a "
            "terminal window, or fill a folder with: spoc demo --fill DIR\n"
        )
        return crash.REFUSED
    with _needing_encryption():
        from spoc.storage.upkeep import demo
    desk = demo.passing(contacts, seed, _progress(contacts))
    try:
        lenient_terminal()
        app = demo_app(desk)
        app.run()
        return app.return_code or 0
    finally:
        desk.close()
        demo.remove(desk.folder)


def fill(folder: Path, passphrase: str, contacts: int = CONTACTS, seed: int = SEED) -> list[str]:
    """Makes a demo store that stays in a folder; returns the lines to print."""
    with _needing_encryption():
        from spoc.storage.store_folder import check
        from spoc.storage.upkeep import demo
    warnings = check(folder)
    desk, code = demo.create(folder, passphrase, contacts, seed, progress=_progress(contacts))
    desk.close()
    return [
        *warnings,
        f"Demo store     {folder}",
        f"Recovery code  {code}",
        "Everything in it is invented, and every screen says DEMO. Open it with: "
        f"spoc --store {shlex.quote(str(folder))}",
    ]


@contextlib.contextmanager
def _needing_encryption() -> Iterator[None]:
    """Adds to the refusal about a missing encryption library that the demo needs it too."""
    try:
        yield
    except EncryptionMissing as missing:
        raise EncryptionMissing(f"{missing} {_MISSING}") from None


def _progress(contacts: int) -> Callable[[int, int], None]:
    """Shows the progress on one line of a terminal, if filling takes long."""
    if contacts < _SHOWN or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return lambda done, of: None

    def say(done: int, of: int) -> None:
        end = "\n" if done >= of else ""
        sys.stderr.write(f"\r{done:,} of {of:,} invented contacts{end}")
        sys.stderr.flush()

    return say
