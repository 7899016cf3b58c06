"""The read-back: a contact as plain text for both sides to record, in the version that the reader may have.

If a contact must not be told, every version has a banner as its first and last line. In the professional
ones it gives the reasons; in the safe one it does not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from spoc.model.documents.readback.readback_record import professional, safer
from spoc.model.documents.readback.readback_safe import BANNER, safe, withheld
from spoc.model.documents.readback.readback_spoken import promises, script
from spoc.model.documents.readback.readback_words import Call, one_line, wrapped

OFFLINE = "NOT FOR ONLINE VIEWING: keep it out of every record that the family can open."
SAFE_OFFLINE = "NOT FOR ONLINE VIEWING"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the read-back: its name in a command, its title in words, who it is for."""

    name: str
    title: str
    for_whom: str
    lines: Callable[[Call], list[str]]


VERSIONS: Mapping[str, Version] = {
    each.name: each
    for each in (
        Version("professional", "Professional record", "for the caller's record and ours", professional),
        Version("safe", "Safe version", "for a record that a parent could open", safe),
        Version("safer", "SAFER referral", "for a written referral to social care", safer),
        Version("script", "Script", "to read aloud to social care or EDT", script),
        Version("promises", "Promises", "what the caller said they would do, for their nhs.net mail", promises),
    )
}  # fmt: skip
SAFE = "safe"


def banner(call: Call, version: str) -> list[str]:
    """A version's do-not-tell banner, one line; none if everything may be told."""
    if version == SAFE:
        return [BANNER] if withheld(call) else []
    reasons = "; ".join(one_line(each.label) for each in call.guided.hides)
    return [f"DO NOT TELL THE FAMILY OR ANYBODY NAMED: {reasons}"] if reasons else []


def lines_of(call: Call, version: str) -> list[str]:
    """The text of a version, line by line."""
    around = banner(call, version)
    offline = wrapped(OFFLINE) if around else []
    if version == SAFE:
        offline = [SAFE_OFFLINE]
    return [*around, *offline, *VERSIONS[version].lines(call), *around]


def text_of(call: Call, version: str) -> str:
    """The text of a version."""
    return "\n".join(lines_of(call, version)) + "\n"
