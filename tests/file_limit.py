"""Runs a command in a child process that cannot make a file larger than a given size: a full disk, exact to
the page."""

import io
import os
import resource
import signal
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

from children import Child, Say

from spoc.cli.commands import commands
from spoc.storage import sealing, store_folder
from spoc.storage.attendances import importing


class Ran(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def limited(most: int, *arguments: str, **environment: str) -> Ran:
    """Run a command for which no file may become larger than this, on a computer that remembers no store. EOFError
    where it ended with a traceback."""
    fresh = tempfile.mkdtemp(dir=store_folder.user_settings().parent)
    child = Child(_run, most, arguments, {**os.environ, "XDG_CONFIG_HOME": fresh, **environment})
    ran = Ran(*child.answer())
    child.kill()
    return ran


def _run(most: int, arguments: tuple[str, ...], environment: dict[str, str], say: Say) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    os.environ.update(environment)
    sealing.COST = sealing.Cost(64, 1, 1)
    importing._LEAST = importing._MOST = importing._FIRST  # however quick the computer is
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    out, error = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(error):
        code = commands([*arguments])
    say((code, out.getvalue(), error.getvalue()))
