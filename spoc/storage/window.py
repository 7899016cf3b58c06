"""One window per store: a lock that the operating system drops when its process ends, for whatever reason."""

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from spoc.model.errors import FolderUnusable, NotAStore, StoreInUse
from spoc.storage.store_folder import KEY_FILE, STORE_FILE

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK_FILE = "spoc.lock"


class Window:
    """The lock on one store. It ends with ``release``, at the end of ``with``, or when the process dies."""

    def __init__(self, lock: "BaseFileLock") -> None:
        self._lock = lock

    def release(self) -> None:
        """Releases the store; a second call does nothing. May be called from any thread."""
        self._lock.release(force=True)

    def __enter__(self) -> "Window":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def one_at_a_time(folder: Path, name: str) -> "BaseFileLock":
    """Holds a lock in a store's folder, within ``with``; a second program waits. It ends with its process."""
    from filelock import FileLock

    return FileLock(folder / name, mode=0o600, thread_local=False, fallback_to_soft=False)


def hold(folder: Path) -> Window:
    """Locks the store in ``folder`` for this window, without waiting.

    Raises StoreInUse if another window holds it, NotAStore (creating nothing) if the folder has no store,
    FolderUnusable if the lock file cannot be made.
    """
    if not ((folder / STORE_FILE).exists() or (folder / KEY_FILE).exists()):
        raise NotAStore(
            f"The folder {folder} holds no store; nothing was created. "
            "Check the name of the folder, or set up a store there first."
        )
    from filelock import FileLock, Timeout

    # A soft lock would outlive its process, so never fall back to one.
    lock = FileLock(folder / LOCK_FILE, mode=0o600, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise StoreInUse(
            f"The store in {folder} is already open in another window; its records are safe. "
            "Go on in that window, or close it and start again here."
        ) from None
    except (OSError, NotImplementedError) as error:
        raise FolderUnusable(
            f"The store in {folder} cannot be held for this window ({error}); its records are safe. "
            "Check that you may write in that folder and that it is on this computer's own disk."
        ) from None
    return Window(lock)
