"""Reads the code lists of a pack: each line checked, laid over the codes of the packs beneath."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from spoc.guidance.entries import source_of
from spoc.guidance.packfile import PackFile, listed
from spoc.model.errors import BadInput
from spoc.model.followups.request_steps import FORMS
from spoc.model.forms.forms import CONTACT_FORM, RELEASE_FORM
from spoc.model.persons.record_fields import ALERT_FORM, HOUSEHOLD_FORM, RECORD
from spoc.model.rules.codes import BRIEF, Code
from spoc.model.rules.due import DueRule
from spoc.model.rules.source import Source
from spoc.model.values.dates import quoted

_FORMS = (*CONTACT_FORM, *RELEASE_FORM, *FORMS, *ALERT_FORM, *HOUSEHOLD_FORM)
_SAFETY_NET = ("checklist", "disposition", "told")
SITE = "site"  # the list with the services' sites; a service of one site has no such list
_NAMED = {*(field.codes for field in _FORMS), *(fact.codes for fact in RECORD)}
LISTS = tuple(sorted({"identity", "yes-no", SITE, *_SAFETY_NET, *_NAMED} - {""}))
FIELDS = tuple(field.key for field in CONTACT_FORM)
ACTION_FIELDS = ("who", "due")
BODIES, REQUESTS = ("csc",), ("telephone", "eha")
CLOCKS = ("written", "referrer", "decision", "chase")  # what a request to social care may be
ASKING = ("category", "issue", "action", "outcome")

CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*|[A-Z0-9]+([-/][A-Z0-9]+)*")
SHORT = re.compile(r"[a-z0-9]+")
# Small letters and digits, a * for any ending after three letters or more, @ before the name of a kind.
_PHRASE = re.compile(r"(?:@?[a-z0-9]+|[a-z0-9]{3,}\*)(?: (?:@?[a-z0-9]+|[a-z0-9]{3,}\*))*")

# The keys of a line, and their types.
_ENTRY: Mapping[str, type] = {
    "label": str,
    "brief": str,
    "short": list,
    "also": list,
    "source": str,
    "group": str,
    "asks": list,
    "who": str,
    "due": str,
    "now": bool,
    "body": str,
    "request": str,
    "clock": str,
    "starts": list,
    "rings": bool,
    "family": bool,
    "site": str,
    "under": int,
    "effective_from": date,
    "effective_to": date,
    "after": str,
}


def laid_over(
    beneath: Mapping[str, Code], name: str, file: PackFile, sources: Mapping[str, Source]
) -> dict[str, Code]:
    """A list with one more file's lines in it."""
    codes = dict(beneath)
    for code, table in file.table.items():
        if not CODE.fullmatch(code):
            reason = "is no code; write lower-case-with-dashes (or CAPITALS-WITH-DASHES)."
            raise file.bad(f"{quoted(code)} {reason}", code)
        if type(table) is not dict:
            raise file.bad(f'{quoted(code)} must be {{ label = "…", source = "…" }}.', code)
        file.check(table, _ENTRY, f"{quoted(code)}: ", code)
        codes[code] = _code(file, name, code, table, beneath.get(code), sources)
    for code, table in file.table.items():
        if "after" in table:
            codes = _moved(file, codes, code, table["after"])
    _check_shorts(file, codes)
    for each in codes.values():
        fields_of(file, each.starts, codes, f"{quoted(each.code)}: starts", each.code)
    return codes


def _code(
    file: PackFile,
    name: str,
    code: str,
    table: Mapping[str, Any],
    beneath: Code | None,
    sources: Mapping[str, Source],
) -> Code:
    """One entry: what its line names, and the rest from the code beneath it."""

    def given(key: str, otherwise: Any) -> Any:
        return table.get(key, getattr(beneath, key) if beneath else otherwise)

    if "label" not in table and beneath is None:
        raise file.bad(f"{quoted(code)} has no label. Give the words that the desk reads.", code)
    source = beneath.source if beneath else None
    if source is None or "source" in table:
        source = source_of(file, code, table, sources)
    asked = (*FIELDS, *ACTION_FIELDS) if name == "action" else FIELDS
    made = Code(
        code=code,
        label=given("label", ""),
        source=source,
        brief=_brief(file, code, table, beneath),
        short=tuple(given("short", ())),
        also=phrases(file, given("also", ()), f"{quoted(code)}: also", code),
        group=given("group", ""),
        asks=fields_of(file, given("asks", ()), asked, f"{quoted(code)}: asks", code),
        who=given("who", ""),
        due=given("due", ""),
        now=given("now", False),
        **_followed(file, name, code, given),
        site=given("site", ""),
        under=given("under", 0),
        effective_from=given("effective_from", date.min),
        effective_to=given("effective_to", None),
    )
    if made.asks and name not in ASKING:
        raise file.bad(f"{quoted(code)}: only codes of {listed(ASKING)} can ask.", code)
    for key in ACTION_FIELDS:
        if getattr(made, key) and key not in made.asks:
            reason = f"gives a usual {key}, but does not ask {key}; only an action can."
            raise file.bad(f"{quoted(code)} {reason}", code)
    if made.now and not made.due:
        raise file.bad(
            f"{quoted(code)}: now needs a due, the latest time at which it is done.", code
        )
    if made.due and not _is_span(made.due):
        raise file.bad(f"{quoted(code)}: due is a span such as 24h, or 3wd (working days).", code)
    if made.effective_to and made.effective_to < made.effective_from:
        raise file.bad(f"{quoted(code)}: effective_to is before effective_from.", code)
    if made.under and name != "issue":
        raise file.bad(f"{quoted(code)}: only an issue is for children under an age.", code)
    if made.site and name != "service":
        raise file.bad(f"{quoted(code)}: only a service is at a site.", code)
    for each in made.short:
        if not SHORT.fullmatch(each):
            reason = f"short {quoted(each)} must be small letters and digits, without spaces."
            raise file.bad(f"{quoted(code)}: {reason}", code)
    return made


def _brief(file: PackFile, code: str, table: Mapping[str, Any], beneath: Code | None) -> str:
    """The short label of a code; a line with another label has another short one, or none."""
    brief = str(table.get("brief", beneath.brief if beneath and "label" not in table else ""))
    if len(brief) > BRIEF:
        raise file.bad(
            f"{quoted(code)}: brief has {len(brief)} letters; {BRIEF} fit in a list.", code
        )
    return brief


def _followed(
    file: PackFile, name: str, code: str, given: Callable[[str, Any], Any]
) -> dict[str, Any]:
    """What an action says about following it up: each word must be known to the program."""
    known: Mapping[str, Sequence[str]] = {"body": BODIES, "request": REQUESTS, "clock": CLOCKS}
    found: dict[str, Any] = {key: given(key, "") for key in known}
    found |= {"starts": tuple(given("starts", ())), "rings": given("rings", False)}
    found["family"] = given("family", False)
    if any(found.values()) and name != "action":
        raise file.bad(f"{quoted(code)}: only an action is followed up.", code)
    for key, words in known.items():
        if found[key] and found[key] not in words:
            raise file.bad(f"{quoted(code)}: {key} is one of {listed(words)}.", code)
    return found


def phrases(file: PackFile, written: Iterable[str], name: str, where: str) -> tuple[str, ...]:
    """The phrases of a list in a file, checked; one text may have several, separated by commas."""
    every = [each.strip() for line in written for each in line.split(",")]
    for each in every:
        if not _PHRASE.fullmatch(each):
            like = f"{quoted('sexual assault')} or {quoted('strangl*')}"
            reason = f"{name} {quoted(each)} must be small letters without signs, such as {like}."
            raise file.bad(reason, where)
    return tuple(dict.fromkeys(every))


def fields_of(
    file: PackFile, fields: Iterable[str], known: Iterable[str], name: str, where: str
) -> tuple[str, ...]:
    for each in fields:
        if each not in known:
            reason = (
                f"{name} names {quoted(each)}, which is not a field; fields are {listed(known)}."
            )
            raise file.bad(reason, where)
    return tuple(fields)


def check_sites(file: PackFile, lists: Mapping[str, Mapping[str, Code]]) -> None:
    """Checks that each service is at an existing site."""
    for each in lists["service"].values():
        if each.site and each.site not in lists[SITE]:
            raise file.bad(f"{quoted(each.code)} is at {quoted(each.site)}, which is not a site.")


def _moved(file: PackFile, codes: dict[str, Code], code: str, after: str) -> dict[str, Code]:
    if after not in codes or after == code:
        reason = f"after names {quoted(after)}, which is not another code here."
        raise file.bad(f"{quoted(code)}: {reason}", code)
    order = [each for each in codes if each != code]
    order.insert(order.index(after) + 1, code)
    return {each: codes[each] for each in order}


def _check_shorts(file: PackFile, codes: Mapping[str, Code]) -> None:
    """Checks that no abbreviation means two codes on the same day, or is another code."""
    owners: dict[str, list[Code]] = {}
    for code in codes.values():
        for word in dict.fromkeys((code.code.casefold(), *code.short)):
            for other in owners.setdefault(word, []):
                if _overlap(code, other):
                    pair = sorted((other.code, code.code), key=lambda one: one in file.table)
                    reason = f"short {quoted(word)} already means {quoted(pair[0])}."
                    raise file.bad(f"{quoted(pair[1])}: {reason}", pair[1])
            owners[word].append(code)
        if len(set(code.short)) < len(code.short):
            raise file.bad(f"{quoted(code.code)} names a short twice.", code.code)


def _overlap(one: Code, other: Code) -> bool:
    first, second = sorted((one, other), key=lambda code: code.effective_from)
    return first.effective(second.effective_from)


def _is_span(due: str) -> bool:
    try:
        return DueRule.parse(due).kind != "at"
    except BadInput:
        return False
