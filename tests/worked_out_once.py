"""Works out only once per run what is the same for every test: the rules of each stylesheet, and the empty
tables of a new store. Whatever differs is worked out again."""

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from textual.css.stylesheet import Stylesheet

from spoc.model.rules.codes import Pack
from spoc.storage import set_up
from spoc.storage.driver import connect
from spoc.storage.ledger import append
from spoc.storage.migrations import keep_local
from spoc.storage.store import Store, utc_now


def work_out_once() -> None:
    """From now on, for every test of this process."""
    _rules()
    _tables()


def _rules() -> None:
    parsed: dict[Any, Any] = {}
    parse = Stylesheet._parse_rules

    def _parse_rules(sheet: Stylesheet, css: str, *where: Any, **how: Any) -> Any:
        key = (css, where, *how.items(), tuple(sheet._variables.items()))
        if key not in parsed:
            parsed[key] = parse(sheet, css, *where, **how)
        return parsed[key]

    Stylesheet._parse_rules = _parse_rules  # type: ignore[method-assign]


def _tables() -> None:
    """A store that is set up begins as a copy of an empty one, under a key and with streams of its own."""
    empty: dict[int, tuple[Pack, bytes]] = {}
    start, first = set_up.start, bytes(32)

    def begun(path: Path, key: bytes, words: Pack, now: Callable[[], datetime] = utc_now) -> Store:
        if id(words) not in empty:
            with tempfile.TemporaryDirectory() as folder:
                made = Path(folder) / path.name
                start(made, first, words).close()
                empty[id(words)] = words, made.read_bytes()
        path.write_bytes(empty[id(words)][1])
        db = connect(path, first)
        db.conn.execute(f"PRAGMA rekey=\"x'{key.hex()}'\"")
        for stream in ("stream", "audit_stream"):
            keep_local(db, stream, append.new_id(now()).hex())
        db.close()
        return start(path, key, words, now=now)

    set_up.start = begun
