"""A PostgreSQL server of the tests' own, on this computer's loopback; skipped in words where none is installed."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from glob import glob
from pathlib import Path

import pytest

pytest.register_assert_rewrite("sync.machine")  # it says what differs, as a test does

_BINARIES = [*sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True)]


def _binary(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([*_BINARIES, os.environ.get("PATH", "")]))
    if not found:
        pytest.skip(f"no PostgreSQL server is installed here ({name} is missing)")
    return found


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of the server, as its superuser: a new database is made with each ``hub``."""
    initdb, postgres = _binary("initdb"), _binary("postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="spoc-hub-"))
    data = folder / "data"
    demote = None
    if os.geteuid() == 0:  # the server refuses to run as root
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            user = pwd.getpwnam("nobody")
        os.chown(folder, user.pw_uid, user.pw_gid)

        def demote() -> None:
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)

    made = [initdb, "-D", str(data), "-U", "keeper", "-A", "trust", "--no-sync", "-E", "UTF8"]
    subprocess.run(
        made,
        check=True,
        capture_output=True,
        preexec_fn=demote,
        cwd=folder,
        env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
    )
    fast = [
        "-c",
        "fsync=off",
        "-c",
        f"unix_socket_directories={folder}",
        "-c",
        "listen_addresses=127.0.0.1",
    ]
    running = subprocess.Popen(
        [postgres, "-D", str(data), "-p", str(port), *fast],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=demote, cwd=folder,
    )  # fmt: skip
    try:
        yield _ready(f"postgresql://keeper@127.0.0.1:{port}/postgres")
    finally:
        running.send_signal(signal.SIGINT)  # without waiting for who is still connected
        running.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _ready(dsn: str) -> str:
    import time

    import psycopg

    for _ in range(300):
        try:
            psycopg.connect(dsn).close()
            return dsn
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


@pytest.fixture
def hub(server: str, request: pytest.FixtureRequest) -> str:
    """The address of a database of one test's own."""
    import psycopg

    name = f"hub_{abs(hash(request.node.name)) % 10**9}"
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")
    return server.rsplit("/", 1)[0] + f"/{name}"
