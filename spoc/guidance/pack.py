"""Reads a guidance pack: a folder of TOML files, one per code list, with a source for every entry.

A pack may extend another: its lines add codes, or change what they name in the codes beneath them
(``effective_to`` retires one; its words stay). An invalid pack is refused as a whole, with file, line and
reason, so that a desk never counts by half a list.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from dateutil.relativedelta import relativedelta

from spoc.guidance import flags, guides, measures, phrases
from spoc.guidance.entries import Entries, source_of
from spoc.guidance.flags import BOOKS
from spoc.guidance.guides import GUIDES
from spoc.guidance.lists import CODE, FIELDS, LISTS, SHORT, SITE, check_sites, fields_of, laid_over
from spoc.guidance.measures import MEASURES
from spoc.guidance.packfile import PackFile, bad_pack, listed, parse, read
from spoc.model.errors import BadInput, BadPack
from spoc.model.hearing.denial import Denial
from spoc.model.ledger.records import tables
from spoc.model.rules.clock import parse_week
from spoc.model.rules.codes import Ambiguous, Code, Pack
from spoc.model.rules.source import Source
from spoc.model.values.dates import quoted

_HOME = Path(__file__).parent
_MANIFEST = "pack.toml"

_LONGEST_LIMIT = 10 * 366 * 24 * 60  # minutes: more than ten years is a slip
_SOURCE = {"key": str, "title": str, "edition": str, "review": date, "confirmed": bool}
_TOP = {
    "id": str,
    "title": str,
    "extends": str,
    "close": dict,
    "hours": dict,
    "limits": dict,
    "plausible": dict,
    "grave": list,
    "works-the-case": list,
    "abbreviations": dict,
    "ambiguous": dict,
    "kinds": dict,
    "same": dict,
    "denial": dict,
    "unheard": list,
    "parents-may-read": dict,
    "safer": dict,
    "source": list,
}
_CLOSE = {"required": list}
_OPENING = {"open": str, "source": str}
_TONIGHT = {"at": str, "source": str}
_LIMIT = {"minutes": int, "source": str}
_SAFER = {"order": list, "source": str}
_SPANS = frozenset({"months", "years"})
_PLAUSIBLE = {**dict.fromkeys(_SPANS, int), "source": str}


# The module that reads each file that is neither the manifest nor a list of codes.
_READERS = {
    **dict.fromkeys(GUIDES, guides.lay_over),
    **dict.fromkeys(BOOKS, flags.lay_over),
    **dict.fromkeys(MEASURES, measures.lay_over),
}
Files = Mapping[str, Mapping[str, bytes]]  # the bytes of each file, by pack and by name


@dataclass(frozen=True, slots=True)
class _Layer:
    """The files of one pack of a chain, without the manifest."""

    manifest: PackFile
    lists: Mapping[str, PackFile]
    guides: Mapping[str, PackFile]


def available(folder: Path | None = None) -> tuple[str, ...]:
    """The ids of the packs in a folder, or of those that come with spoc."""
    home = folder or _HOME
    there = (path.parent.name for path in home.glob(f"*/{_MANIFEST}"))
    return tuple(sorted(each for each in there if CODE.fullmatch(each)))


def load(pack_id: str, folder: Path | None = None) -> Pack:
    """Reads a pack and the packs it extends, complete and checked. Raises BadPack if one is invalid.

    Packs are looked for among those that come with spoc, then in the folder: a service's own pack may extend
    a shipped one but never replaces it.
    """
    return of_files(pack_id, files_of(pack_id, folder))


def files_of(pack_id: str, folder: Path | None = None) -> Files:
    """The files of a pack and of those it extends, by pack and name, to keep and load again."""
    homes = (_HOME, folder) if folder else (_HOME,)
    found: dict[str, Mapping[str, bytes]] = {}
    wanted: Any = pack_id
    while type(wanted) is str and wanted not in found:
        known = CODE.fullmatch(wanted) is not None
        home = next(
            (home for home in homes if known and (home / wanted / _MANIFEST).is_file()), None
        )
        if home is None:
            there = listed(dict.fromkeys(each for home in homes for each in available(home)))
            if found:
                reason = f"extends names {quoted(wanted)}, which is not a pack; there are {there}."
                last = list(found)[-1]
                raise parse(last, _MANIFEST, found[last][_MANIFEST]).bad(reason, "extends")
            raise BadPack(f"There is no pack {quoted(wanted)} in {homes[-1]}; there are {there}.")
        found[wanted] = read(home / wanted)
        wanted = parse(wanted, _MANIFEST, found[wanted].get(_MANIFEST)).table.get("extends")
    return found


def of_files(pack_id: str, files: Files) -> Pack:
    """The pack made from these files, complete and checked; the same object for the same files. Raises
    BadPack if one is invalid."""
    return _made(pack_id, tuple((name, tuple(each.items())) for name, each in files.items()))


@lru_cache(16)
def _made(pack_id: str, files: tuple[tuple[str, tuple[tuple[str, bytes], ...]], ...]) -> Pack:
    try:
        return _of_files(pack_id, {name: dict(each) for name, each in files})
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        reason = f"something in it is not as it should be ({type(error).__name__})."
        raise bad_pack(pack_id, reason) from None


def _of_files(pack_id: str, files: Files) -> Pack:
    layers = _chain(pack_id, files)
    sources: dict[str, Source] = {}
    hours: dict[str, str] = {}
    limits: dict[str, timedelta] = {}
    plausible: dict[str, relativedelta] = {}
    abbreviations: dict[str, str] = {}
    ambiguous: dict[str, Ambiguous] = {}
    denial = Denial()
    kinds: dict[str, tuple[str, ...]] = {}
    same: dict[str, tuple[str, ...]] = {}
    unheard: tuple[str, ...] = ()
    open_codes: dict[str, frozenset[str]] = {}
    safer: dict[str, dict[str, tuple[str, ...]]] = {}
    close: tuple[str, ...] = ()
    lists: dict[str, dict[str, Code]] = {name: {} for name in LISTS}
    entries = Entries()
    digest = sha256()
    for layer in layers:
        _add_sources(layer.manifest, sources)
        close = _close(layer.manifest) or close
        hours |= _hours(layer.manifest, sources)
        limits |= _limits(layer.manifest, sources)
        plausible |= _plausible(layer.manifest, sources)
        abbreviations |= _abbreviations(layer.manifest)
        for name, file in layer.lists.items():
            lists[name] = laid_over(lists[name], name, file, sources)
        for name, file in layer.guides.items():
            _READERS[name](entries, name, file)
        open_codes |= _parents_may_read(layer.manifest, lists)
        for tbl, field, order in _safer(layer.manifest, sources):
            safer.setdefault(tbl, {})[field] = order
        ambiguous = phrases.ambiguous(layer.manifest, ambiguous, lists, sources)
        kinds = phrases.words(layer.manifest, "kinds", kinds)
        same = phrases.words(layer.manifest, "same", same)
        denial = phrases.denial(layer.manifest, denial)
        unheard = phrases.unheard(layer.manifest, unheard)
        for file in (layer.manifest, *layer.lists.values(), *layer.guides.values()):
            digest.update(f"{file.name} {len(file.data)}\n".encode())
            digest.update(file.data)
    if not close:
        reason = (
            f"[close] required is missing. Name what every contact must hold: {listed(FIELDS)}."
        )
        raise layers[0].manifest.bad(reason)
    lists, ambiguous = phrases.unsure(lists, ambiguous)
    phrases.check_kinds(layers[-1].manifest, lists, kinds)
    check_sites(layers[-1].manifest, lists)
    return Pack(
        id=pack_id,
        title=layers[-1].manifest.table["title"],
        digest=digest.hexdigest(),
        lists={
            name: tuple(_sourced(code, sources) for code in codes.values())
            for name, codes in lists.items()
        },
        close=close,
        hours=hours,
        limits=limits,
        plausible=plausible,
        grave=_grave(layers, lists),
        works_the_case=phrases.works_the_case([each.manifest for each in layers]),
        abbreviations={short: words for short, words in abbreviations.items() if short != words},
        ambiguous=ambiguous,
        kinds=kinds,
        same=same,
        unheard=unheard,
        denial=denial,
        parents_may_read=open_codes,
        safer=safer,
        guide=guides.build(entries, {name: each.values() for name, each in lists.items()}, sources),
        book=flags.build(entries, sources, denial, limits.get("departure")),
        counting=measures.build(
            entries, {name: each.values() for name, each in lists.items()}, sources
        ),
    )


def _chain(pack_id: str, files: Files) -> list[_Layer]:
    """The pack and those it extends, the base first."""
    layers: list[_Layer] = []
    seen: list[str] = []
    wanted: str | None = pack_id
    while wanted is not None:
        if wanted in seen:
            loop = " extends ".join((*seen[seen.index(wanted) :], wanted))
            raise layers[0].manifest.bad(f"the packs go round in a loop: {loop}.", "extends")
        seen.append(wanted)
        layers.insert(0, _layer(wanted, files[wanted]))
        wanted = layers[0].manifest.table.get("extends")
    return layers


def _layer(pack: str, files: Mapping[str, bytes]) -> _Layer:
    manifest = parse(pack, _MANIFEST, files.get(_MANIFEST))
    table = manifest.table
    for key, value in table.items():
        manifest.check({key: value}, _TOP, "", key)
    for key in ("id", "title"):
        if key not in table:
            raise manifest.bad(f"{key} is missing.")
    if table["id"] != pack:
        raise manifest.bad(f"id must be {quoted(pack)}, the name of its folder.", "id")
    known = {f"{name}.toml": name for name in (*LISTS, *_READERS)}
    for file in files:
        if file != _MANIFEST and file not in known:
            reason = f"this is not one of spoc's lists; lists are {listed(known.values())}."
            raise bad_pack(f"{pack}/{file}", reason)
    may_lack = LISTS if "extends" in table else (SITE,)
    wanted = [name for name in LISTS if name not in may_lack or f"{name}.toml" in files]
    return _Layer(
        manifest,
        {name: parse(pack, f"{name}.toml", files.get(f"{name}.toml")) for name in wanted},
        {
            name: parse(pack, file, files[file])
            for name in _READERS
            if (file := f"{name}.toml") in files
        },
    )


def _add_sources(file: PackFile, sources: dict[str, Source]) -> None:
    written: set[str] = set()
    for index, table in enumerate(file.table.get("source", ())):
        line = file.source_line(index)
        if type(table) is not dict:
            raise file.bad("a source is a table that begins with [[source]].", line)
        file.check(table, _SOURCE, "", line)
        for key in ("key", "title", "edition", "review"):
            if key not in table:
                raise file.bad(f"this source has no {key}.", line)
        if table["key"] in written:
            raise file.bad(f"source {quoted(table['key'])} appears here a second time.", line)
        written.add(table["key"])
        sources[table["key"]] = Source(**table)


def _close(file: PackFile) -> tuple[str, ...]:
    table = file.table.get("close", {})
    file.check(table, _CLOSE, "[close] ", "close")
    return fields_of(file, table.get("required", ()), FIELDS, "[close] required", "required")


def _limits(file: PackFile, sources: Mapping[str, Source]) -> dict[str, timedelta]:
    """How long things may wait: ``parked = { minutes = 15, source = "…" }``."""
    limits: dict[str, timedelta] = {}
    for name, table in file.table.get("limits", {}).items():
        if type(table) is not dict or "minutes" not in table:
            raise file.bad(f'[limits] {name} must be {{ minutes = 15, source = "…" }}.', name)
        file.check(table, _LIMIT, f"[limits] {name}: ", name)
        source_of(file, name, table, sources)
        if not 0 < table["minutes"] <= _LONGEST_LIMIT:
            raise file.bad(f"[limits] {name}: minutes is from 1 to {_LONGEST_LIMIT}.", name)
        limits[name] = timedelta(minutes=table["minutes"])
    return limits


def _plausible(file: PackFile, sources: Mapping[str, Source]) -> dict[str, relativedelta]:
    """How far off days may be before somebody is asked: ``child-age = { years = 25, source = "…" }``."""
    found: dict[str, relativedelta] = {}
    for name, table in file.table.get("plausible", {}).items():
        spans = table.keys() & _SPANS if type(table) is dict else frozenset()
        if len(spans) != 1:
            raise file.bad(f'[plausible] {name} must be {{ years = 25, source = "…" }}.', name)
        file.check(table, _PLAUSIBLE, f"[plausible] {name}: ", name)
        source_of(file, name, table, sources)
        found[name] = relativedelta(**{each: table[each] for each in spans})
    return found


def _grave(layers: Sequence[_Layer], lists: Mapping[str, Mapping[str, Code]]) -> tuple[str, ...]:
    """The outcomes that are named first when a child is known: ``grave = ["s47-begun"]``. The last pack with
    the line decides."""
    found: tuple[str, ...] = ()
    for layer in layers:
        codes = layer.manifest.table.get("grave")
        for each in codes or ():
            if each not in lists["outcome"]:
                reason = f"grave names {quoted(each)}, which is not an outcome."
                raise layer.manifest.bad(reason, "grave")
        found = tuple(codes) if codes is not None else found
    return found


def _abbreviations(file: PackFile) -> dict[str, str]:
    """What a space writes for a short form in notes. A pack removes one with the same text on both sides."""
    table = file.table.get("abbreviations", {})
    for short in table:
        if not SHORT.fullmatch(short) or len(short) < 2:
            reason = "must be two small letters or more, without spaces."
            raise file.bad(f"[abbreviations] {quoted(short)} {reason}", short)
    file.check(table, dict.fromkeys(table, str), "[abbreviations] ", "abbreviations")
    return dict(table)


def _parents_may_read(
    file: PackFile, lists: Mapping[str, Mapping[str, Code]]
) -> dict[str, frozenset[str]]:
    """Which codes a parent may read, list by list: ``outcome = ["admitted"]``. A pack that names a list
    replaces it."""
    table = file.table.get("parents-may-read", {})
    file.check(table, dict.fromkeys(lists, list), "[parents-may-read] ", "parents-may-read")
    for name, codes in table.items():
        for each in codes:
            if each not in lists[name]:
                reason = (
                    f"[parents-may-read] {name} names {quoted(each)}, which is not a code of it."
                )
                raise file.bad(reason, name)
    return {name: frozenset(codes) for name, codes in table.items()}


def _safer(
    file: PackFile, sources: Mapping[str, Source]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Which value of a field shows while two desks differ, the safest first: ``"contact.safety_now" =
    { order = ["unsafe", "safe-with"], source = "…" }``."""
    known = tables()
    for name, table in file.table.get("safer", {}).items():
        tbl, _, field = name.partition(".")
        if type(table) is not dict or tbl not in known or not known[tbl].column(field):
            reason = 'names no field, or is not { order = ["…"], source = "…" }.'
            raise file.bad(f"[safer] {quoted(name)} {reason}", name)
        file.check(table, _SAFER, f"[safer] {name}: ", name)
        source_of(file, name, table, sources)
        yield tbl, field, tuple(map(str, table["order"]))


def _hours(file: PackFile, sources: Mapping[str, Source]) -> dict[str, str]:
    hours: dict[str, str] = {}
    for body, table in file.table.get("hours", {}).items():
        if type(table) is not dict:
            raise file.bad(f'[hours] {body} must be {{ open = "…", source = "…" }}.', body)
        file.check(table, _TONIGHT if body == "tonight" else _OPENING, f"[hours] {body}: ", body)
        source_of(file, body, table, sources)
        if body == "tonight":
            try:
                hours[body] = str(time.fromisoformat(table.get("at", "")))
            except ValueError:
                raise file.bad(
                    '[hours] tonight: at must be a time, such as "22:00".', body
                ) from None
            continue
        try:
            parse_week(table.get("open", ""))
        except BadInput as error:
            raise file.bad(f"[hours] {body}: {error}", body) from None
        hours[body] = table["open"]
    return hours


def _sourced(code: Code, sources: Mapping[str, Source]) -> Code:
    """The code with its source from the last pack: a trust may confirm a source of a pack beneath."""
    source = sources[code.source.key]
    return code if source is code.source else replace(code, source=source)
