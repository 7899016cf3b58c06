"""The file as it lies on the disk: its trees and the seal of each page. A part of verifying."""

from collections.abc import Callable, Iterator
from time import monotonic, sleep

from spoc.storage.driver import Database, row
from spoc.storage.place import as_it_lies
from spoc.storage.store import Store

_STEPS = 200_000  # instructions of the database between two looks, while the file is checked
_PATIENCE = 10  # seconds that another reader may keep the WAL from being brought over
_AGAIN = 3  # the file is written while it is checked: a page counts that is wrong every time


def trees(db: Database, stop: Callable[[], int]) -> Iterator[str]:
    """Whether the file holds together, the full-text indexes within it too; ``stop`` gives 1 to end it."""
    db.conn.set_progress_handler(stop, _STEPS)
    try:
        for (said,) in db.conn.execute("PRAGMA integrity_check"):
            if said != "ok":
                yield f"The file does not hold together: {said}."
    finally:
        db.conn.set_progress_handler(None, 0)


def seals(store: Store, look: Callable[[], None]) -> Iterator[str]:
    """The seal (HMAC) of each page, in the file as it lies there: others write it meanwhile.

    What the WAL holds is brought over first: a page that a power cut tore on its way into the file lies
    whole in the WAL.
    """
    patience = monotonic() + _PATIENCE
    while not store.checkpoint() and monotonic() < patience:
        look()
        sleep(0.05)
    db = store.connection()  # one that met a broken page reads no further
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
        for said in sorted(broken or ()):
            page = said.rpartition(" ")[2]
            # A page not yet brought over from the WAL is a hole. One that is in use shows above.
            if page.isdigit():
                file.seek((int(page) - 1) * int(size))
                if not any(file.read(int(size))):
                    continue
            yield f"A page of the file is not the one that was written: {said}."
