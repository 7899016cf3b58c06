"""The file on disk: its trees and the seal of each page. A part of verification."""

from collections.abc import Callable, Iterator
from time import monotonic, sleep

from spoc.storage.driver import Database, row
from spoc.storage.store import Store
from spoc.storage.store_folder import as_it_lies

_STEPS = 200_000  # database instructions between two progress checks, while the file is checked
_PATIENCE = 10  # seconds for which another reader may keep the WAL from being copied back
_AGAIN = 3  # the file is written while it is checked: a page counts if it is wrong every time


def trees(db: Database, stop: Callable[[], int]) -> Iterator[str]:
    """Whether the file is sound, including the full-text indexes in it; ``stop`` returns 1 to end it."""
    db.conn.set_progress_handler(stop, _STEPS)
    try:
        for (value,) in db.conn.execute("PRAGMA integrity_check"):
            if value != "ok":
                yield f"The file is damaged: {value}."
    finally:
        db.conn.set_progress_handler(None, 0)


def seals(store: Store, look: Callable[[], None]) -> Iterator[str]:
    """The seal (HMAC) of each page, in the file on disk: others write it meanwhile.

    The WAL is copied back first: a page that a power cut tore on its way into the file is complete in the
    WAL.
    """
    patience = monotonic() + _PATIENCE
    while not store.checkpoint() and monotonic() < patience:
        look()
        sleep(0.05)
    db = store.connection()  # after a broken page it reads no further
    try:
        (size,) = db.conn.execute("PRAGMA cipher_page_size").fetchone()
        broken: set[str] | None = None
        for _ in range(_AGAIN):
            look()
            found = {row(each) for each in db.conn.execute("PRAGMA cipher_integrity_check")}
            broken = found if broken is None else broken & found
            if not broken:
                return
    finally:
        db.close()
    with as_it_lies(store.path) as file:
        for text in sorted(broken or ()):
            page = text.rpartition(" ")[2]
            # A page not yet copied from the WAL is a hole. A hole in use shows up above.
            if page.isdigit():
                file.seek((int(page) - 1) * int(size))
                if not any(file.read(int(size))):
                    continue
            yield f"A page of the file is not the one that was written: {text}."
