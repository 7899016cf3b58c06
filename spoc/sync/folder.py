"""A shared folder as the place of sync: ``<folder>/spoc1/…``. Files are added, never changed.

A file is written as ``.part``, flushed, read back and renamed to a new name, so that nobody reads half a
file. Files ending in ``.part`` belong to nobody.
"""

import contextlib
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from spoc.model.errors import FolderUnusable
from spoc.storage.desks.places import folder_name
from spoc.storage.store_folder import plain_content, synced_by, this_machine
from spoc.sync.transport import LARGEST, PlaceGone

HOME = "spoc1"
_PART = ".part"
_NAME = re.compile(r"[A-Za-z0-9._ ()-]+")  # a copy may be called "… - Copy (2)"
_DEEPEST = 4  # folders below spoc's own


class Folder:
    """A transport over a folder that several desks can write to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().absolute()
        self.place = folder_name(self.folder)
        self._home = self.folder / HOME
        machine = this_machine()
        if program := synced_by(machine.path(str(self.folder)), machine):
            raise FolderUnusable(
                f"The folder {self.folder} is kept in step by {program}, which may hold files back or change "
                "them; nothing was sent or received. Choose a folder on a file server."
            )
        if machine.kept_offline(str(self.folder)):
            raise FolderUnusable(
                f"Windows keeps copies of the folder {self.folder} (Offline Files, or a cloud drive) and answers from them "
                "when the server is away, so nothing there is certain to have arrived; nothing was sent or received. Ask "
                "IT to switch offline caching off for that share, or choose another folder on a file server."
            )
        if not os.path.isdir(self.folder):  # a name that is too long is none either
            raise PlaceGone(
                f"The folder {self.folder} is not there; nothing was sent or received, and what is unsent stays "
                "here. Check that the drive is connected, then sync again."
            )

    def list(self) -> Mapping[str, int]:
        found: dict[str, tuple[int, int]] = {}
        try:
            if not self.folder.is_dir():
                raise OSError("the folder is not there any more")
            if self._home.is_dir():
                self._walk(self._home, "", found)
        except OSError as error:
            raise self._gone(error) from None
        return {
            name: found[name][1] for name in sorted(found, key=lambda name: (found[name][0], name))
        }

    def _walk(self, folder: Path, before: str, found: dict[str, tuple[int, int]]) -> None:
        """Finds files of names that spoc gives, or a copy of them has, as deep as it puts them; no links, pipes or
        devices."""
        with os.scandir(folder) as entries:
            for each in entries:
                if not _NAME.fullmatch(each.name):
                    continue
                if each.is_dir(follow_symlinks=False):
                    if before.count("/") < _DEEPEST:
                        self._walk(folder / each.name, f"{before}{each.name}/", found)
                elif each.is_file(follow_symlinks=False) and not each.name.endswith(_PART):
                    there = each.stat(follow_symlinks=False)
                    found[f"{before}{each.name}"] = (there.st_mtime_ns, there.st_size)

    def get(self, name: str) -> bytes:
        try:
            data = plain_content(self._home / name, LARGEST + 1)
        except FileNotFoundError:
            raise KeyError(name) from None
        except OSError as error:
            raise self._gone(error) from None
        if len(data) > LARGEST:  # none of spoc's
            raise KeyError(name)
        return data

    def put_new(self, name: str, data: bytes) -> None:
        target = self._home / name
        part = target.with_name(f"{target.name}.{os.getpid()}{_PART}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                if target.is_file() and plain_content(target, LARGEST + 1) == data:
                    return
                raise FileExistsError(name)
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if part.read_bytes() != data:
                raise OSError("what was written is not what can be read there")
            os.rename(part, target)
        except FileExistsError:
            raise
        except OSError as error:
            raise self._gone(error) from None
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def remove(self, name: str) -> bool:
        try:
            (self._home / name).unlink(missing_ok=True)
        except OSError as error:
            raise self._gone(error) from None
        return True

    def clock(self) -> datetime:
        """The server dates what is written to it: a file that belongs to nobody, removed at once."""
        part = self._home / f"clock.{os.getpid()}{_PART}"
        try:
            self._home.mkdir(exist_ok=True)
            part.write_bytes(b"?")
            return datetime.fromtimestamp(part.stat().st_mtime, UTC)
        except OSError as error:
            raise self._gone(error) from None
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def close(self) -> None:
        return

    def _gone(self, error: OSError) -> PlaceGone:
        why = (error.strerror or str(error)).lower()
        return PlaceGone(
            f"The folder {self.folder} cannot be read or written ({why}); what was not sent stays here and is "
            "sent next time. Check that the drive is connected and has room, then sync again."
        )
