"""Where a store may be kept, and how to write a file there so that it lasts.

A store belongs on the computer's own disk: SQLite's locks do not work on a network drive, and a synced
folder copies the file half-written. What the computer says about itself (``Machine``) is a value, so that
the rules for Windows can be tried anywhere.
"""

import errno
import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from stat import S_ISREG
from typing import BinaryIO

from spoc.model.errors import DiskFull, FolderUnusable, Refusal
from spoc.storage.offline_files import kept_offline

STORE_FILE = "spoc.db"
KEY_FILE = "spoc.keys"
EXTRACT_FILE = "spoc.extract"  # what people work on who hold no key of the store
BACKUPS_FILE = "spoc.backups"  # tells people who cannot read the store where its daily copies go
# tells people who have not opened the store that everything in it is invented
DEMO_FILE = "spoc.demo"

_DRIVE_REMOVABLE, _DRIVE_REMOTE, _DRIVE_RAM = 2, 4, 6  # GetDriveTypeW
_NETWORK_TYPES = frozenset(
    {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "ncpfs", "afs", "coda", "9p", "davfs", "ceph"}
    | {"glusterfs", "lustre", "beegfs", "gpfs", "vboxsf", "fuse.sshfs", "fuse.rclone", "fuse.s3fs"}
    | {"fuse.davfs2", "fuse.glusterfs", "fuse.ceph", "fuse.smbnetfs", "fuse.gvfsd-fuse"}
    | {"fuse.vmhgfs-fuse"}
)
_MEMORY_TYPES = frozenset({"tmpfs", "ramfs"})
_SYNCED = (
    ("OneDrive", re.compile(r"onedrive( ?- .*)?", re.I)),
    ("Dropbox", re.compile(r"dropbox( \(.*\))?", re.I)),
    ("Google Drive", re.compile(r"google ?drive(-.*)?|my drive", re.I)),
    ("iCloud", re.compile(r"icloud ?drive|mobile documents|com~apple~clouddocs", re.I)),
    ("Box", re.compile(r"Box|Box Sync")),
    ("Nextcloud", re.compile(r"nextcloud|owncloud", re.I)),
    ("cloud storage", re.compile(r"cloudstorage", re.I)),
)
_OPENED: dict[tuple[int, int], int] = {}  # descriptors of store files, by device and inode
_READING = threading.Lock()
_AT_ONCE: int = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_ADVICE = "Nothing was created or changed; choose a folder on this computer's own disk."


@dataclass(frozen=True)
class Machine:
    """The facts about a computer that decide where a store may be.

    ``drive_type`` answers GetDriveTypeW for a Windows root such as ``C:\\``; ``mounts`` is the text of
    /proc/mounts ("" where there is none); ``temp`` is the folder for temporary files; ``kept_offline`` says
    whether Windows keeps copies of a folder and reads from them.
    """

    windows: bool
    environ: Mapping[str, str]
    temp: str
    drive_type: Callable[[str], int]
    mounts: str
    kept_offline: Callable[[str], bool] = lambda folder: False

    def path(self, text: str) -> PurePath:
        return PureWindowsPath(text) if self.windows else PurePosixPath(text)


def this_machine() -> Machine:
    """The computer the program runs on."""
    try:
        mounts = Path("/proc/mounts").read_text(errors="replace")
    except OSError:
        mounts = ""
    return Machine(
        os.name == "nt", os.environ, tempfile.gettempdir(), _drive_type, mounts, kept_offline
    )


def default_folder() -> Path:
    """The store's folder: $SPOC_STORE, or the user's local (never roaming) data folder."""
    if chosen := os.environ.get("SPOC_STORE"):
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("spoc", appauthor=False, roaming=False)


def check(folder: Path, machine: Machine | None = None) -> list[str]:
    """Whether a store may be in ``folder`` (which need not exist; nothing is left there).

    Returns warnings, each one sentence for the user. Raises FolderUnusable for a network drive, a synced
    folder, and a folder that cannot be written or made.
    """
    machine = machine or this_machine()
    try:
        absolute = folder.expanduser().absolute()
        shapes = dict.fromkeys(machine.path(str(p)) for p in (absolute, absolute.resolve()))
    except (OSError, RuntimeError, ValueError):
        raise _unwritable(folder) from None
    for shape in shapes:
        if reason := why_not(shape, machine):
            raise FolderUnusable(f"The folder {folder} {reason}. {_ADVICE}")
    _try_to_write(absolute)
    return list(dict.fromkeys(w for shape in shapes for w in doubts(shape, machine)))


def why_not(path: PurePath, machine: Machine) -> str | None:
    """Why no store may be at the absolute ``path``, to continue "The folder … "; None if it may."""
    plain = _without_prefix(path)
    if _on_network(plain, machine):
        return "is on a network drive, where a store can be spoilt when the connection drops"
    if service := synced_by(plain, machine):
        return (
            f"is copied elsewhere by {service}, which can spoil a store while it is being written"
        )
    return None


def doubts(path: PurePath, machine: Machine) -> list[str]:
    """Warnings that what is kept at the absolute ``path`` may not last; each one sentence."""
    path = _without_prefix(path)
    reasons = []
    temps = [machine.temp, *(machine.environ.get(name, "") for name in ("TEMP", "TMP", "TMPDIR"))]
    if any(path.is_relative_to(machine.path(temp)) for temp in temps if temp):
        reasons.append("is a folder for temporary files, which this computer may empty")
    if isinstance(path, PureWindowsPath):
        parts = [part.casefold() for part in path.parts]
        if parts[1:2] == ["users"] and re.fullmatch(r"temp(\..*)?", "".join(parts[2:3])):
            reasons.append("belongs to a temporary Windows profile, which is deleted at sign-out")
        roaming = machine.environ.get("APPDATA")
        if roaming and path.is_relative_to(machine.path(roaming)):
            reasons.append("is in a roaming profile, which is copied to a server at sign-out")
        kind = machine.drive_type(path.anchor)
        if kind == _DRIVE_REMOVABLE:
            reasons.append("is on a drive that can be unplugged")
        if kind == _DRIVE_RAM:
            reasons.append("is kept in memory and is lost when the computer is switched off")
    elif _mount_type(path, machine) in _MEMORY_TYPES:
        reasons.append("is kept in memory and is lost when the computer is switched off")
    return [
        f"The folder {path} {reason}: records kept there may be lost, so choose a lasting folder."
        for reason in reasons
    ]


def same_disk(a: Path, b: Path) -> bool:
    """Whether two paths are on one volume; each may not exist yet (its nearest parent counts).

    Two partitions of one disk count as two. Raises OSError if neither path nor parent can be read.
    """
    return _nearest(a.absolute()).stat().st_dev == _nearest(b.absolute()).stat().st_dev


def create_private(path: Path) -> BinaryIO:
    """A new file open for writing, readable only by its owner. Raises OSError, also if it exists."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def keep_private(path: Path) -> None:
    """Makes a file if there is none, and lets only its owner read it, whatever the folder allows. What
    SQLite puts beside it has the same permissions."""
    with suppress(OSError):  # reported when it is opened
        if not path.exists():
            create_private(path).close()
        elif path.stat().st_mode & 0o077:  # never opened here: closing it would drop SQLite's locks
            path.chmod(0o600)


@contextmanager
def as_it_lies(path: Path) -> Iterator[BinaryIO]:
    """The store's file for reading, byte by byte, while SQLite may have it open in this process.

    POSIX drops every lock that a process has on a file when it closes any descriptor of it, including
    SQLite's: what is opened here stays open, one descriptor per file, until the process ends. Raises
    OSError.
    """
    if sys.platform == "win32":  # closing drops nothing there, and an open file cannot be moved
        with path.open("rb") as file:
            yield file
        return
    with _READING:
        found = path.stat()
        which = found.st_dev, found.st_ino
        if which not in _OPENED:
            _OPENED[which] = os.open(path, os.O_RDONLY)
        with os.fdopen(_OPENED[which], "rb", closefd=False) as file:
            file.seek(0)
            yield file


def plain_content(path: Path, most: int) -> bytes:
    """The content of a regular file, its first ``most`` bytes at most. Raises OSError, also if something else lies
    there: spoc would wait for ever for a pipe."""
    with os.fdopen(os.open(path, os.O_RDONLY | _AT_ONCE), "rb") as file:
        if not S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return file.read(most)


def write_durably(path: Path, data: bytes) -> None:
    """Replaces ``path`` by ``data`` completely or not at all, readable only by its owner.

    Written as ``<name>.new``, fsynced, renamed. Raises OSError; the former file then stays and no ``.new``
    is left.
    """
    new = path.with_name(path.name + ".new")
    try:
        new.unlink(missing_ok=True)
        with create_private(new) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError:
        remove_quietly(new)
        raise
    sync_folder(path.parent)


def own_folder(path: Path) -> None:
    """Makes a folder within the store's, only for its owner. Raises OSError, also if there is a link in its
    place: what is written there would go elsewhere."""
    path.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink():
        raise OSError(errno.ELOOP, "a link stands in place of the folder")


def user_settings() -> Path:
    """The folder of the user's settings, which on Windows follows the user (the roaming profile)."""
    from platformdirs import user_config_path

    return user_config_path("spoc", appauthor=False, roaming=True)


def sync_folder(folder: Path) -> None:
    """Makes the names in ``folder`` survive a power cut. Does nothing on Windows, which has no such call."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:  # some network shares have no fsync of a folder
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def cannot_write(folder: Path, error: OSError, safe: str) -> Refusal:
    """The refusal for an OSError while writing to ``folder``; ``safe`` is what was not touched."""
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        return DiskFull(
            f"There is no room left in {folder}; {safe}. Free some space and try again."
        )
    return FolderUnusable(
        f"The folder {folder} cannot be written ({error.strerror or error}); {safe}. "
        "Check that it exists and that you may write there, then try again."
    )


def remove_quietly(path: Path) -> None:
    """Removes a file if it is there and can be removed."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def _unwritable(folder: Path) -> FolderUnusable:
    return FolderUnusable(f"The folder {folder} cannot be written or made. {_ADVICE}")


def _nearest(path: Path) -> Path:
    return next(p for p in (path, *path.parents) if p.exists() or p == p.parent)


def _try_to_write(folder: Path) -> None:
    """Writes a nameless file in the folder, or in the nearest parent that exists."""
    try:
        with tempfile.TemporaryFile(dir=_nearest(folder)):
            pass
    except OSError:
        raise _unwritable(folder) from None


def _without_prefix(path: PurePath) -> PurePath:
    r"""The same path without the ``\\?\`` that Windows allows before a long path."""
    text = str(path)
    if isinstance(path, PureWindowsPath) and text.startswith("\\\\?\\"):
        rest = text[4:]
        return PureWindowsPath("\\\\" + rest[4:] if rest[:4].upper() == "UNC\\" else rest)
    return path


def _on_network(path: PurePath, machine: Machine) -> bool:
    if isinstance(path, PureWindowsPath):
        return path.drive.startswith("\\\\") or machine.drive_type(path.anchor) == _DRIVE_REMOTE
    return _mount_type(path, machine) in _NETWORK_TYPES


def synced_by(path: PurePath, machine: Machine) -> str | None:
    for name in ("OneDrive", "OneDriveCommercial", "OneDriveConsumer"):
        root = machine.environ.get(name)
        if root and path.is_relative_to(machine.path(root)):
            return "OneDrive"
    for part in path.parts[1:]:
        for service, pattern in _SYNCED:
            if pattern.fullmatch(part):
                return service
    return None


def _mount_type(path: PurePath, machine: Machine) -> str | None:
    """The file system type under a POSIX path: that of the longest mount point, the last one mounted."""
    found, depth = None, -1
    for point, kind in _mounts(machine.mounts):
        if path.is_relative_to(point) and len(point.parts) >= depth:
            found, depth = kind, len(point.parts)
    return found


def _mounts(text: str) -> Iterator[tuple[PurePosixPath, str]]:
    for line in text.splitlines():
        fields = line.split(" ")
        if len(fields) > 2:
            point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[1])
            yield PurePosixPath(point), fields[2]


def _drive_type(root: str) -> int:
    if sys.platform != "win32":
        return 0
    import ctypes

    return int(ctypes.windll.kernel32.GetDriveTypeW(root))
