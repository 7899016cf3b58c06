"""Saved searches: an advisor's own, each a name and a query, kept in the ledger as a setting."""

import json
from concurrent.futures import Future
from dataclasses import dataclass

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import require
from spoc.model.values.plain import visible
from spoc.model.values.tokens import plain_words
from spoc.storage.ledger.append import WrittenAct
from spoc.storage.service import settings
from spoc.storage.store import Store

MOST = 9  # a number key each
LONGEST_NAME = 24


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A saved search; its place in the list is the number key for it."""

    key: str
    name: str
    query: str
    heads: tuple[str, ...] = ()


def all_of(store: Store, actor: Actor) -> list[SavedSearch]:
    """The advisor's saved searches, in the order they were first saved."""
    return [each for each in _kept(store, actor) if each.query]


def save(store: Store, actor: Actor, name: str, query: str) -> "Future[WrittenAct]":
    """Saves a query under a name, replacing one of the same name. Raises BadInput with a sentence."""
    name = " ".join(name.split())[:LONGEST_NAME]
    words = plain_words(name)
    if not words or visible(name) != name:
        raise BadInput("The name is missing or not one line of text; nothing was saved.")
    if not query.strip():
        raise BadInput("There is nothing to save: type what to find first.")
    key = f"{_prefix(actor)}{' '.join(words)}"
    kept = _kept(store, actor)
    same = next((each for each in kept if each.key == key), SavedSearch(key, name, ""))
    if not same.query and sum(bool(each.query) for each in kept) >= MOST:
        raise BadInput(
            "Nine searches are saved, one for each number key; nothing was saved. Recall one that is no "
            "longer wanted and forget it with x, or save under its name."
        )
    value = json.dumps({"name": name, "query": query.strip()})
    return store.act(actor, [settings.command(key, value, same.heads)])


def forget(store: Store, actor: Actor, saved: SavedSearch) -> "Future[WrittenAct]":
    """Deletes a saved search; the ledger keeps that it was there."""
    require(actor.role, "contact.search")
    return store.act(actor, [settings.command(saved.key, "", saved.heads)])


def _prefix(actor: Actor) -> str:
    return f"search.{actor.id.hex()}."


def _kept(store: Store, actor: Actor) -> list[SavedSearch]:
    """Every search the advisor ever saved, deleted ones without a query."""
    require(actor.role, "contact.search")
    found = []
    for key, value, heads in store.reader.conn.execute(
        "SELECT key, value, _heads FROM setting WHERE substr(key, 1, ?) = ? AND _void = 0 ORDER BY _hlc, id",
        (len(_prefix(actor)), _prefix(actor)),
    ).fetchall():
        stored = json.loads(value) if value else {}
        on = tuple(json.loads(heads).get("value", ()))
        found.append(SavedSearch(key, stored.get("name", ""), stored.get("query", ""), on))
    return found
