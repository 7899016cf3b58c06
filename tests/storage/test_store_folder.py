"""Where a store may lie, for computers of either kind."""

import os
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from test_keys import in_child, open_to_all

from spoc.model.errors import FolderUnusable
from spoc.storage import store_folder

__all__ = ["open_to_all"]

USER = r"C:\Users\ann"


def windows(drive: int = 3, **environ: str) -> store_folder.Machine:
    environ = {
        "APPDATA": USER + r"\AppData\Roaming",
        "TEMP": USER + r"\AppData\Local\Temp",
    } | environ
    return store_folder.Machine(True, environ, environ["TEMP"], lambda root: drive, "")


def linux(mounts: str = "/dev/sda1 / ext4 rw 0 0\n", **environ: str) -> store_folder.Machine:
    return store_folder.Machine(False, environ, "/tmp", lambda root: 0, mounts)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (r"\\server\share\spoc", "network"),
        (r"//server/share/spoc", "network"),
        (r"\\?\UNC\server\share\spoc", "network"),
        (r"\\wsl$\Ubuntu\home", "network"),
        (USER + r"\OneDrive\spoc", "OneDrive"),
        (USER + r"\OneDrive - Anytown NHS Trust\Documents\spoc", "OneDrive"),
        (USER + r"\onedrive\spoc", "OneDrive"),
        (USER + r"\Dropbox\spoc", "Dropbox"),
        (USER + r"\Dropbox (Trust)\spoc", "Dropbox"),
        (USER + r"\Google Drive\spoc", "Google Drive"),
        (r"G:\My Drive\spoc", "Google Drive"),
        (USER + r"\iCloudDrive\spoc", "iCloud"),
        (USER + r"\Box\spoc", "Box"),
        ("\\\\?\\" + USER + r"\Box Sync\spoc", "Box"),
    ],
)
def test_windows_network_and_synced_folders_are_refused(path: str, reason: str) -> None:
    assert reason in (store_folder.why_not(PureWindowsPath(path), windows()) or "")


@pytest.mark.parametrize(
    "path",
    [
        USER + r"\AppData\Local\spoc",
        "\\\\?\\" + USER + r"\AppData\Local\spoc",
        r"D:\spoc",
        r"C:\OneDriveless\spoc",
        r"C:\Inbox\Boxes\spoc",
    ],
)
def test_a_windows_folder_on_the_own_disk_is_allowed_without_a_word(path: str) -> None:
    assert store_folder.why_not(PureWindowsPath(path), windows()) is None
    assert store_folder.doubts(PureWindowsPath(path), windows()) == []


def test_a_mapped_network_drive_is_refused() -> None:
    assert "network" in (store_folder.why_not(PureWindowsPath(r"H:\spoc"), windows(drive=4)) or "")


@pytest.mark.parametrize("name", ["OneDrive", "OneDriveCommercial", "OneDriveConsumer"])
def test_a_onedrive_of_any_name_is_known_from_the_environment(name: str) -> None:
    machine = windows(**{name: r"D:\Cloud\Work"})
    assert "OneDrive" in (
        store_folder.why_not(PureWindowsPath(r"d:\cloud\work\spoc"), machine) or ""
    )
    assert store_folder.why_not(PureWindowsPath(r"D:\Cloud\Workshop"), machine) is None


@pytest.mark.parametrize(
    ("path", "drive", "word"),
    [
        (r"C:\Users\TEMP\AppData\Local\spoc", 3, "temporary Windows profile"),
        (r"C:\Users\TEMP.TRUST.000\AppData\Local\spoc", 3, "temporary Windows profile"),
        (USER + r"\AppData\Local\Temp\spoc", 3, "temporary files"),
        (USER + r"\AppData\Roaming\spoc", 3, "roaming"),
        (r"E:\spoc", 2, "unplugged"),
        (r"R:\spoc", 6, "in memory"),
    ],
)
def test_a_windows_folder_that_may_not_last_is_warned_of(path: str, drive: int, word: str) -> None:
    assert any(
        word in warning for warning in store_folder.doubts(PureWindowsPath(path), windows(drive))
    )


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.rclone"])
def test_linux_network_mounts_are_refused(kind: str) -> None:
    machine = linux(f"/dev/sda1 / ext4 rw 0 0\nserver:/x /mnt/team\\040share {kind} rw 0 0\n")
    assert "network" in (store_folder.why_not(PurePosixPath("/mnt/team share/spoc"), machine) or "")
    assert store_folder.why_not(PurePosixPath("/mnt/team"), machine) is None


def test_the_nearest_and_last_mount_decides() -> None:
    machine = linux(
        "s:/ /home nfs rw 0 0\n/dev/sda1 / ext4 rw 0 0\n/dev/b /home/ann ext4 rw 0 0\n"
        "a /srv ext4 rw 0 0\nb /srv cifs rw 0 0\n"
    )
    assert store_folder.why_not(PurePosixPath("/home/ben/spoc"), machine)
    assert store_folder.why_not(PurePosixPath("/home/ann/spoc"), machine) is None
    assert store_folder.why_not(PurePosixPath("/srv/spoc"), machine)


@pytest.mark.parametrize(
    "path",
    [
        "/home/ann/Dropbox/spoc",
        "/Users/ann/Library/Mobile Documents/com~apple~CloudDocs/spoc",
        "/Users/ann/Library/CloudStorage/OneDrive-Trust/spoc",
        "/home/ann/Nextcloud/spoc",
    ],
)
def test_synced_folders_elsewhere_are_refused(path: str) -> None:
    assert store_folder.why_not(PurePosixPath(path), linux()) is not None


def test_memory_and_temporary_folders_are_warned_of() -> None:
    machine = linux("/dev/sda1 / ext4 rw 0 0\ntmpfs /run/user tmpfs rw 0 0\n")
    assert "in memory" in store_folder.doubts(PurePosixPath("/run/user/1000/spoc"), machine)[0]
    assert "temporary files" in store_folder.doubts(PurePosixPath("/tmp/spoc"), machine)[0]
    assert store_folder.doubts(PurePosixPath("/home/ann/spoc"), machine) == []


def test_a_good_folder_is_allowed_and_not_made(tmp_path: Path) -> None:
    machine = store_folder.Machine(False, {}, "/nowhere", lambda root: 0, "d / ext4 rw 0 0\n")
    assert store_folder.check(tmp_path / "a" / "b", machine) == []
    assert list(tmp_path.iterdir()) == []


def test_a_link_into_a_synced_folder_is_seen_through(tmp_path: Path) -> None:
    (tmp_path / "Dropbox").mkdir()
    (tmp_path / "plain").symlink_to(tmp_path / "Dropbox")
    with pytest.raises(
        FolderUnusable, match=r"Dropbox.*choose a folder on this computer's own disk"
    ):
        store_folder.check(tmp_path / "plain" / "spoc", linux())


@pytest.mark.parametrize("name", ["file", "file/below", "nul\0byte", "x" * 300])
def test_what_cannot_be_a_folder_is_refused_in_words(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable, match="cannot be written or made"):
        store_folder.check(tmp_path / name, linux())
    assert [f.name for f in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_folder_that_may_not_be_written_is_refused(open_to_all: Path) -> None:
    open_to_all.chmod(0o555)

    def work() -> None:
        for folder in (open_to_all, open_to_all / "new"):
            with pytest.raises(FolderUnusable, match="cannot be written"):
                store_folder.check(folder, linux())

    in_child(work, drop_root=True)
    open_to_all.chmod(0o755)


def test_the_default_is_the_local_data_folder_unless_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPOC_STORE", str(tmp_path / "mine"))
    assert store_folder.default_folder() == tmp_path / "mine"
    monkeypatch.delenv("SPOC_STORE")
    assert store_folder.default_folder().name == "spoc"


def test_the_same_disk_is_known_before_either_folder_exists(tmp_path: Path) -> None:
    assert store_folder.same_disk(tmp_path / "a" / "b", tmp_path)
    if Path("/proc").exists():
        assert not store_folder.same_disk(tmp_path, Path("/proc"))
