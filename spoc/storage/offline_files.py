"""Whether Windows keeps copies of a folder and reads from them: Offline Files, and cloud drives."""

import os
import sys
from pathlib import PureWindowsPath

# The attributes of a file that Windows may have to fetch: offline; recalled when opened or read; pinned, or
# not.
_ATTRIBUTES = 0x1000 | 0x40000 | 0x400000 | 0x80000 | 0x100000
# SHARE_INFO_1005: the bits about caching, and their values for a share that Windows caches by itself.
_CACHING, _CACHED = 0x30, (0x10, 0x20)


def kept_offline(folder: str) -> bool:
    """Whether a folder is in Offline Files or in a cloud drive, if Windows says so.

    A folder that a user made available offline by hand, on a share that does not ask for it, cannot be recognised.
    """
    if sys.platform != "win32":
        return False
    import ctypes

    try:
        attributes = int(getattr(os.stat(folder), "st_file_attributes", 0))
    except OSError:
        attributes = 0
    if attributes & _ATTRIBUTES:
        return True
    server, _, share = _share_of(folder).strip("\\").partition("\\")
    if not share:
        return False
    info = ctypes.c_void_p()
    network = ctypes.windll.netapi32
    if network.NetShareGetInfo(f"\\\\{server}", share, 1005, ctypes.byref(info)) or not info.value:
        return False
    try:
        return ctypes.cast(info, ctypes.POINTER(ctypes.c_uint32))[0] & _CACHING in _CACHED
    finally:
        network.NetApiBufferFree(info)


def _share_of(folder: str) -> str:
    r"""The ``\\server\share`` behind a folder on a Windows network drive, or ""."""
    if sys.platform != "win32":
        return ""
    import ctypes

    drive = PureWindowsPath(folder).drive
    if drive.startswith("\\\\"):
        return drive
    name = ctypes.create_unicode_buffer(1024)
    size = ctypes.c_uint32(len(name))
    wrong = ctypes.windll.mpr.WNetGetConnectionW(drive, name, ctypes.byref(size))
    return "" if wrong else name.value
