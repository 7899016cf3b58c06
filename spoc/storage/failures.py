"""What a database error means in words: what happened, what is safe, what to do."""

from contextlib import suppress
from functools import partial
from pathlib import Path

from spoc.model.documents import crash
from spoc.model.errors import DiskFull, FolderUnusable, Refusal, StoreBusy
from spoc.storage.driver import DatabaseError, damaged
from spoc.storage.store_folder import as_it_lies

_PAGE = 4096  # bytes of a page of the file
_LOCK_PAGE = 0x40000000 // _PAGE


def explained(path: Path, error: BaseException) -> BaseException:
    """The refusal behind an error, wherever it was raised: one from the database, or one because a page is
    blank; otherwise the error itself. An encrypted store never has a blank page, but SQLCipher passes one on
    as if it were content."""
    inner = crash.cause(error)
    if isinstance(inner, DatabaseError):
        with suppress(DatabaseError):
            return in_words(path, inner)
    if not isinstance(inner, Refusal) and _blank_page(path):
        return damaged(path, "a page of it is blank")
    return error


def _blank_page(path: Path) -> bool:
    """Whether a page of the file is all zeros, apart from the one that SQLite keeps empty for its lock."""
    blank = bytes(_PAGE)
    try:
        with as_it_lies(path) as file:
            pages = enumerate(iter(partial(file.read, _PAGE), b""))
            return any(page == blank and number != _LOCK_PAGE for number, page in pages)
    except OSError:
        return False


def in_words(path: Path, error: Exception) -> Refusal:
    """The refusal for a database error: what happened, what is safe, what to do."""
    text = str(error)
    if "full" in text or "disk I/O" in text:
        return DiskFull(
            "The disk is full or cannot be written, so the last change was not saved; everything saved before "
            "is safe. Make room on the disk, then save again."
        )
    if "locked" in text or "busy" in text:
        return StoreBusy(
            "Another program kept the store busy for too long, so the last change was not saved; everything "
            "saved before is safe. Try again in a moment."
        )
    if "readonly" in text:
        return FolderUnusable(
            "The store cannot be written to, so the last change was not saved; everything saved before is "
            "safe. Ask IT for the right to write to its folder."
        )
    if any(each in text for each in ("malformed", "not a database", "vtable constructor failed")):
        return damaged(path, text)
    raise error
