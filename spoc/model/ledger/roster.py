"""The roster: who belongs to the service, which keys they sign with, and whether they were allowed to do an act.

It is built only from acts, and comes out the same whatever order they arrive in. A change to somebody
(removal, another role, another key) names how far its author had seen each stream. What that person did up to
there is judged by the situation before the change, everything else by the change. So nobody's clock decides.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from spoc.model.ledger.act import SIGNATURE, Act, key_id
from spoc.model.ledger.entry import Entry
from spoc.model.ledger.fold import VOID
from spoc.model.ledger.roster_rights import (
    OF_A_NEW_DESK,
    begins_a_desk,
    beyond_a_desk,
    may_not,
    of_setting,
)
from spoc.model.ledger.roster_users import LEADS, Beginnings, Key, RosterUser, Second, UserChange
from spoc.model.ledger.written_by import WRITTEN_BY
from spoc.model.rules.access import counts, counts_as_granted

GOVERNING = ("user", "user_key", "desk", "recovery", "cover")  # the tables that it is built from
# kinds of act for which the recovery code may be the second signature
TWO_PEOPLE = ("shut_out", "both_ways")
WAITS = "builds"  # cannot be judged yet: an act that it depends on may still arrive

UNSIGNED = "nobody signed it."
FORGED = "the one whom it names did not sign it."
STRANGER = "it is signed by somebody whom this service does not know."
REMOVED = "whoever signed it had been removed before."
ENDED = "it is signed with a key that was replaced before."
NO_SECOND = "no second person signed it."
LATE = "it covers entries that were not here when signing began."
ANOTHER_BEGAN = "somebody else had added that person before."
RENAMED = "it gives somebody another name than whoever added them did."
ANOTHER_DESK = "it gives a desk other keys than it began with."

Verify = Callable[[bytes, bytes, bytes], bool]  # public key, signature, content


class Roster:
    """``roots`` are the acts (by their content) that this desk trusts as they are: the service, or signing,
    began with them. ``desks`` are the desks known from elsewhere than the ledger: id and verifying key."""

    def __init__(self, verify: Verify, roots: Collection[bytes], desks: Mapping[bytes, bytes]):
        self._verify, self._roots = verify, roots
        self._people: dict[bytes, RosterUser] = {}
        self._desks: dict[bytes, list[Key]] = {
            desk: [Key(key, ("desk", b""), (0, b""))] for desk, key in desks.items()
        }
        self._recovery: list[Key] = []
        self._begun = Beginnings()
        self._founding: set[bytes] = set()  # the stores in which the service, or signing, began
        self.covers: dict[str, tuple[int, str]] = {}  # how far each stream may be unsigned
        self._covered_by: set[bytes] = set()
        self._rooted = False

    # -- judging -----------------------------------------------------------------------------------

    def wrong(self, act: Act) -> str:
        """Why an act does not count: "" if it does, ``WAITS``, or the end of a sentence."""
        if not act.signatures:
            return self._unsigned(act)
        if len(act.signatures) % SIGNATURE:
            return FORGED
        signed = {
            act.signatures[at : at + 8]: act.signatures[at + 8 : at + SIGNATURE]
            for at in range(0, len(act.signatures), SIGNATURE)
        }
        if act.actor in self._desks and act.actor not in self._people:
            keys = [each for each in self._desks[act.actor] if each.serves(act)]
            if reason := self._by_one_of([each.verifying for each in keys], act, signed):
                return reason
            return beyond_a_desk((each.tbl, each.fields) for each in act.entries)
        second = self._second(act, signed)
        person = self._people.get(act.actor)
        keys = person.keys if person else []
        own = [each.verifying for each in keys if each.serves(act)]
        known = {key_id(each.verifying) for each in keys}
        brought = [each for each in _brought(act) if key_id(each) in signed]
        if brought and not known & signed.keys() and self._may_bring(act, person, second):
            own = brought
        if reason := self._by_one_of(own, act, signed):
            ended = any(key_id(each.verifying) in signed for each in keys)
            return ENDED if ended and reason == WAITS else reason
        role = person.role(act) if person else None
        if role is None:
            return "" if act.content in self._roots else WAITS
        if not role:
            return REMOVED
        for entry in act.entries:
            if reason := self._not_entitled(act, entry, role, second):
                return reason
        return ""

    def _unsigned(self, act: Act) -> str:
        seq, head = self.covers.get(act.stream.hex(), (0, ""))
        if act.last > seq or (act.last == seq and act.head != head):
            return UNSIGNED
        return ""

    def _by_one_of(self, keys: Sequence[bytes], act: Act, signed: Mapping[bytes, bytes]) -> str:
        own = [each for each in keys if key_id(each) in signed]
        if not own:
            return WAITS  # a key that is not known yet
        good = any(self._verify(each, signed[key_id(each)], act.content) for each in own)
        return "" if good else FORGED

    def _second(self, act: Act, signed: Mapping[bytes, bytes]) -> Second:
        """Who signed an act besides its actor: named professionals, and recovery codes."""
        codes = [each for each in self._recovery if self._beside(each, act, signed)]
        named = 0
        for user, person in self._people.items():
            keys = [each for each in person.keys if key_id(each.verifying) in signed]
            if keys and user != act.actor and person.role(act) == LEADS:
                named += any(self._beside(each, act, signed) for each in keys)
        return Second(named, codes)

    def _beside(self, key: Key, act: Act, signed: Mapping[bytes, bytes]) -> bool:
        found = signed.get(key_id(key.verifying))
        return bool(found and key.serves(act) and self._verify(key.verifying, found, act.content))

    def _may_bring(self, act: Act, person: RosterUser | None, second: Second) -> bool:
        """Whether somebody may sign with a key that the act itself introduces: their first one, one with the
        recovery code of their desk, or one that two named professionals signed too."""
        if person is None:
            return act.content in self._roots
        if not person.keys or act.content in self._roots:
            return True
        if not any(each.founding for each in self._recovery):
            return True  # nothing was signed when its code was made
        return second.named >= 2 or any(
            each.founding or each.by in (act.actor, self._begun.by(act.actor))
            for each in second.codes
        )

    def _not_entitled(self, act: Act, entry: Entry, role: str, second: Second) -> str:
        fields = entry.fields or {}
        if entry.tbl == "user":
            return self._of_user(act, entry, role, second)
        if entry.tbl == "user_key":
            owner = _bytes(fields.get("user")) or self._owner(entry.record)
            if fields.get(VOID) and owner != act.actor:
                return self._of_removal(act, entry, owner, role, second)
            new = counts(role, "sync.invite") and self._begun.is_the_first(act, owner)
            return "" if owner == act.actor or new else FORGED
        if entry.tbl == "desk":
            own = fields.get("user") == act.actor.hex()
            if not own and not counts(role, "sync.invite"):
                return may_not("sync.invite")
            return "" if self._is_the_desk(entry, fields) else ANOTHER_DESK
        if entry.tbl == "cover":
            return self._late(act)
        if entry.tbl == "recovery":
            return self._of_recovery(act, entry, role, second)
        if entry.tbl in TWO_PEOPLE and fields.get("second") and not second.beside(act.actor):
            return NO_SECOND
        if entry.tbl == "setting" and fields:
            key = str(fields.get("key", ""))
            if key in OF_A_NEW_DESK and not entry.parents and begins_a_desk(act):
                return ""
            return of_setting(key, act.actor, role)
        commands = WRITTEN_BY.get(entry.tbl, ())
        if commands and not any(counts(role, each) for each in commands):
            return may_not(commands[0])
        return ""

    def _of_user(self, act: Act, entry: Entry, role: str, second: Second) -> str:
        fields, user = entry.fields or {}, self._people.get(entry.record)
        now = user.role(act, entry.id) if user else None
        if fields.get(VOID):
            return self._of_removal(act, entry, entry.record, role, second)
        new_role = fields.get("role")
        if new_role is not None and new_role != now:
            command, stands_in = "user.add", self._stands_in(entry, second)
            if not counts(role, command) and not stands_in:
                return may_not(command)
            if not counts_as_granted(role, str(new_role)) and not stands_in:
                return "whoever signed it may not give somebody that role."
        if self._begun.is_one(act, entry.record):
            return "" if self._begun.is_the_first(act, entry.record) else ANOTHER_BEGAN
        names = self._begun.names(entry.record)
        if names and fields.get("name", names[0]) not in names:
            return RENAMED
        if entry.record == act.actor:
            return ""
        if "sign_key" in fields or "public_key" in fields:
            return FORGED  # only its owner may change a key
        return "" if counts(role, "user.add") else may_not("user.add")

    def _of_removal(self, act: Act, entry: Entry, user: bytes, role: str, second: Second) -> str:
        """Why whoever signed may not remove somebody, or one of their keys; "" if they may."""
        if not counts(role, "user.remove"):
            return may_not("user.remove")
        person = self._people.get(user)
        now = person.role(act, entry.id) if person else None
        free = not now or counts_as_granted(role, now) or self._stands_in(entry, second)
        return "" if free else "whoever signed it may not take that role away from somebody."

    def _stands_in(self, entry: Entry, second: Second) -> bool:
        """Whether a second signature makes up for a right that the author lacks."""
        code = any(each.founding for each in second.codes)
        return bool(second.named) or (code and not self._led_before(entry))

    def _is_the_desk(self, entry: Entry, fields: Mapping[str, object]) -> bool:
        """Whether an entry about a desk leaves its keys as they were when the desk began."""
        new_key = _bytes(fields.get("sign_key"))
        known = [each for each in self._desks.get(entry.record, ()) if each.verifying != new_key]
        if any(each.slot == ("desk", b"") for each in known):
            return False
        first = min(known, key=lambda each: each.since, default=None)
        return first is None or (bool(new_key) and (entry.hlc, entry.id) < first.since)

    def _of_recovery(self, act: Act, entry: Entry, role: str, second: Second) -> str:
        """Why an entry may not bring in a recovery code; "" if it may. A code comes with its desk. A new one
        replaces it when somebody is removed, or if the former code signed."""
        if act.content in self._roots:
            return ""
        slot, when = ("recovery", entry.record), (entry.hlc, entry.id)
        others = [each for each in self._recovery if each.slot == slot and each.since != when]
        if entry.record in self._founding:
            if not others:  # its code was made before anything was signed
                free = not any(each.founding and each.since != when for each in self._recovery)
                return "" if free else FORGED
        elif not any(each.since < when for each in others):
            return "" if begins_a_desk(act) else "it brings in a recovery code of no desk."
        removes = any(each.tbl == "user" and (each.fields or {}).get(VOID) for each in act.entries)
        if (removes and counts(role, "user.remove")) or second.named:
            return ""
        return "" if any(each.slot == slot for each in second.codes) else may_not("user.remove")

    def _led_before(self, entry: Entry) -> bool:
        """Whether there was another named professional when an entry was written; then no code stands in for one."""
        return any(each.led(entry) for user, each in self._people.items() if user != entry.record)

    def _late(self, act: Act) -> str:
        if act.content in self._roots:
            return ""
        first = act.stream not in self._covered_by
        return "" if first and act.stream.hex() in self.covers else LATE

    # -- learning ------------------------------------------------------------------------------------

    @property
    def rooted(self) -> bool:
        """Whether the acts with which the service, or signing, began are here: without them nothing can be judged."""
        return self._rooted

    def learn(self, act: Act) -> None:
        """Adds what an act that counts says about the service."""
        rooted = act.content in self._roots
        self._rooted |= rooted
        if self._is_founding(act):
            self._founding |= {each.record for each in act.entries if each.tbl == "recovery"}
        self._begun.learn(act, self._is_founding(act))
        for entry in act.entries:
            if entry.tbl in GOVERNING and entry.fields:
                self._learn(act, entry, entry.fields)

    def _is_founding(self, act: Act) -> bool:
        """Whether the service, or signing, began with this act. Covered acts were also there from the beginning."""
        rooted = act.content in self._roots or not act.signatures
        return rooted and not any(each.tbl == "user_key" for each in act.entries)

    def _learn(self, act: Act, entry: Entry, fields: Mapping[str, object]) -> None:
        slot, since = (entry.tbl, entry.record), (entry.hlc, entry.id)
        rooted = act.content in self._roots
        change = UserChange(entry.hlc, entry.id, _seen(act, entry), act.actor, rooted=rooted)
        if entry.tbl == "user":
            person = self._people.setdefault(entry.record, RosterUser())
            if fields.get(VOID):
                person.roles.append(replace(change, role=""))
            elif "role" in fields:
                person.roles.append(replace(change, role=str(fields["role"])))
        if entry.tbl == "cover":
            self._covered_by.add(act.stream)
            for stream, (seq, head) in _heads(fields).items():
                if seq > self.covers.get(stream, (0, ""))[0]:
                    self.covers[stream] = (seq, head)
            return
        keys = self._slot(entry, fields)
        if keys is None:
            return
        verifying = _bytes(fields.get("sign_key"))
        if verifying and not any(
            each.slot == slot and each.verifying == verifying for each in keys
        ):
            founding = entry.tbl == "recovery" and entry.record in self._founding
            fresh = Key(verifying, slot, since, by=act.actor, founding=founding)
            for each in keys:
                if each.slot == slot:
                    if each.since < since:
                        each.ended.append(change)
                    else:  # it arrived late, and had already been replaced
                        fresh.ended.append(UserChange(*each.since, None))
            keys.append(fresh)
        if fields.get(VOID) and entry.tbl != "user":
            for each in keys:
                if each.slot == slot:
                    each.ended.append(change)

    def _slot(self, entry: Entry, fields: Mapping[str, object]) -> list[Key] | None:
        """The list of keys that a record's key belongs in."""
        if entry.tbl == "user":
            return self._people.setdefault(entry.record, RosterUser()).keys
        if entry.tbl == "desk":
            return self._desks.setdefault(entry.record, [])
        if entry.tbl == "recovery":
            return self._recovery
        user = _bytes(fields.get("user")) or self._owner(entry.record)
        return self._people.setdefault(user, RosterUser()).keys if user else None

    def _owner(self, user_key: bytes) -> bytes:
        """The user whom an additional key belongs to."""
        for user, person in self._people.items():
            if any(each.slot == ("user_key", user_key) for each in person.keys):
                return user
        return b""


def build(acts: Sequence[Act], fresh: Callable[[], Roster]) -> tuple[Roster, dict[bytes, str]]:
    """The roster from these acts, and the acts that do not count, each with the reason.

    An act may invalidate another that was counted earlier, so the roster is built again until nothing changes.
    """
    refused: dict[bytes, str] = {}
    while True:
        roster = fresh()
        left = sorted((each for each in acts if each.id not in refused), key=_when)
        progress, counted = True, []
        while left and progress:
            progress, later = False, []
            for act in left:
                if roster.wrong(act):
                    later.append(act)
                else:
                    roster.learn(act)
                    counted.append(act)
                    progress = True
            left = later
        undone = {act.id: why for act in counted if (why := roster.wrong(act))}
        if not undone:
            counts = {act.id for act in counted}
            rest = {act.id: roster.wrong(act) for act in left if act.id not in counts}
            return roster, refused | rest
        refused |= undone


def governs(entries: Iterable[Entry]) -> bool:
    """Whether an act says something about the service itself."""
    return any(each.tbl in GOVERNING for each in entries)


def _when(act: Act) -> tuple[int, bytes]:
    return act.hlc, act.id


def _seen(act: Act, entry: Entry) -> Mapping[str, int] | None:
    """How far an entry's author had seen each stream: of its own, at least what it follows, whatever it says."""
    if entry.seen is None:
        return None
    own = act.stream.hex()
    return {**entry.seen, own: max(entry.seen.get(own, 0), act.first - 1)}


def _brought(act: Act) -> list[bytes]:
    """The signing keys that an act introduces for its own actor."""
    return [
        key
        for each in act.entries
        if (each.tbl == "user" and each.record == act.actor)
        or (each.tbl == "user_key" and (each.fields or {}).get("user") in (act.actor.hex(), None))
        if (key := _bytes((each.fields or {}).get("sign_key")))
    ]


def _heads(fields: Mapping[str, object]) -> dict[str, tuple[int, str]]:
    try:
        found = json.loads(str(fields.get("heads", "{}")))
        return {str(stream): (int(seq), str(head)) for stream, (seq, head) in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _bytes(text: object) -> bytes:
    try:
        return bytes.fromhex(str(text or ""))
    except ValueError:
        return b""
