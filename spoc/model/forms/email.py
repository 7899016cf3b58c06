"""A pasted email: who sent it from where, when, and what it says. Nothing is dropped.

Mail programs put the same few headers at the top of a message that is copied, printed or forwarded. Only
those at the very top count: a header further down belongs to a quoted message. Anybody can type a header,
so what is read here is shown as read from an email, never as certain.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email import message_from_string
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message

from dateutil import parser

from spoc.model.rules.clock import from_local, shown_instant
from spoc.model.values.dates import quoted

# The names that mail programs give to the headers that count, and to those that only show where the head
# continues.
_NAMES = {
    "from": "from",
    "sent": "date",
    "date": "date",
    "sent on": "date",
    "received": "date",
    "to": "to",
    "subject": "subject",
}
_OTHERS = {"cc", "bcc", "sender", "reply-to", "importance", "priority", "sensitivity",
           "attachments", "categories", "flag"}  # fmt: skip
_HEADER = re.compile(
    r"[>\s]{0,8}\*{0,2}([A-Za-z][A-Za-z -]{1,20}?)\*{0,2}[ \t]{0,4}:\*{0,2}(?=\s|$)[ \t]*(.*)"
)
_BETWEEN = re.compile(
    r"[>\s]*(?:[-_ ]*(?:original message|forwarded message|begin forwarded message:?)[-_ ]*|[-_*]{3,})\s*",
    re.IGNORECASE,
)
_RAW = re.compile(r"(?:From [^\n]*\n)?(?:[!-9;-~]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}")
_RAW_ONLY = re.compile(
    r"^(?:MIME-Version|Message-ID|Received|Return-Path|Content-Type|DKIM-Signature):",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"'@]{1,64}@[^\s<>()\[\]:;,\"'@]{1,255}")
_NHS_NET = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@nhs\.net", re.ASCII | re.IGNORECASE)
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}")
_OFFSETS = {"GMT": 0, "UTC": 0, "UT": 0, "Z": 0, "BST": 3600}
_INVISIBLE = "\u200b\u200e\u200f\u202a\u202c\u2060\ufeff"  # around words copied from a web page
_LISTS = ("to", "cc", "bcc")
_LISTED = re.compile(r"<[^\s<>@]+@[^\s<>@]+>")
_HEAD_LINES = 200  # of a text, where a head may be
_LONGEST = 2000  # characters of one header that are read


@dataclass(frozen=True, slots=True)
class Email:
    """What a pasted text says about itself. ``sent`` is UTC, None if no complete date could be read;
    ``doubt`` is a sentence about it. Text that is not an email has only a body. ``as_pasted`` is kept if
    the body had to be decoded."""

    sender_name: str = ""
    address: str = ""
    sent: datetime | None = None
    subject: str = ""
    body: str = ""
    doubt: str = ""
    nhs_net: bool = False
    as_pasted: str = ""


def read(text: str, now: datetime) -> Email:
    """The email in a pasted text. ``now`` is UTC: a later time of sending is doubted, not taken."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    raw = _raw(text)
    if raw is not None:
        read = _read(_headers_of(raw), _body_of(raw), now, as_pasted=text)
        senders = [str(each) for each in raw.get_all("From", [])]
        plain = len(senders) == 1 and read.address in senders[0]  # an encoded address is a disguise
        return replace(read, nhs_net=read.nhs_net and plain)
    head, body = _head(text.split("\n"))
    return _read(head, body, now) if head else Email(body=text)


def is_nhs_net(address: str) -> bool:
    """Whether an address belongs to nhs.net itself: plain letters, and exactly that domain."""
    return _NHS_NET.fullmatch(address) is not None


def notes_of(email: Email, text: str) -> str:
    """The whole text for the notes; for a message in transport form, first what it says, then all of it."""
    if not email.as_pasted:
        return text
    head = [
        f"From: {email.sender_name} <{email.address}>",
        f"Sent: {shown_instant(email.sent)}" if email.sent else "",
        f"Subject: {email.subject}",
    ]
    words = "\n".join([*filter(None, head), "", email.body.strip("\n")])
    return f"{words}\n\n-- As it was pasted --\n{email.as_pasted}"


def _read(head: dict[str, str], body: str, now: datetime, as_pasted: str = "") -> Email:
    name, address, certain = _sender(head.get("from", ""))
    sent, doubt = _sent(head.get("date", ""), now)
    return Email(
        sender_name=name,
        address=address,
        sent=sent,
        subject=" ".join(head.get("subject", "").split()),
        body=body,
        doubt=doubt,
        nhs_net=certain and is_nhs_net(address),
        as_pasted=as_pasted,
    )


# -- the head of a copied message ------------------------------------------------------------------


def _head(lines: list[str]) -> tuple[dict[str, str], str]:
    """The headers at the top of a text, and what follows; none if it does not begin with a head."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    last = ""
    end = at = 0
    while at < min(len(lines), _HEAD_LINES):
        line = lines[at]
        header = _header(line)
        if header and header[0] not in seen:
            last, value = header
            seen.add(last)
            found[last] = value[:_LONGEST]
        elif header:
            break
        elif last and _goes_on(line, last, found[last]):
            found[last] = f"{found[last]} {line.strip(' >')}"[:_LONGEST].strip()
        elif line.strip(" \t>"):
            if found or not _BETWEEN.fullmatch(line[:200]):
                break
        elif found and not (
            _stands_below(last, found[last]) or _more(lines[at + 1 : at + 3], seen)
        ):
            break
        at += 1
        end = at
    named = {_NAMES[name]: value for name, value in reversed(found.items()) if name in _NAMES}
    if "from" not in named or len(named) < 2:
        return {}, "\n".join(lines)
    return named, "\n".join(lines[end:]).strip("\n")


def _header(line: str) -> tuple[str, str] | None:
    """A header line's name and value, or None."""
    match = _HEADER.match(line[: _LONGEST + 40].strip(_INVISIBLE))
    if match is None:
        return None
    name = " ".join(match[1].casefold().split())
    return (name, match[2].strip(f" \t{_INVISIBLE}")) if name in _NAMES or name in _OTHERS else None


def _goes_on(line: str, name: str, value: str) -> bool:
    """Whether a line continues the header before it: folded, or part of an unfinished list."""
    if not line.strip(" \t>"):
        return False
    listed = name in _LISTS and (value.endswith((";", ",")) or _LISTED.search(line[:_LONGEST]))
    return line[:1] in " \t" or bool(listed) or _stands_below(name, value)


def _stands_below(name: str, value: str) -> bool:
    """Whether a header's value is on the next line; a subject may be empty."""
    return not value and name != "subject"


def _more(lines: list[str], seen: set[str]) -> bool:
    """Whether the head continues after an empty line: some programs put one between headers."""
    following = next((line for line in lines if line.strip()), "")
    header = _header(following)
    return header is not None and header[0] not in seen


# -- a message in transport form (.eml) --------------------------------------------------------------


def _raw(text: str) -> Message | None:
    """The message, if the text is one in transport form; the standard library reads it."""
    start = text.lstrip("\ufeff\n")
    block = start.partition("\n\n")[0][:200_000]
    if not _RAW_ONLY.search(block) or not _RAW.match(f"{start[:4000]}\n"):
        return None
    try:
        message = message_from_string(start)
    except (MessageError, LookupError, ValueError, TypeError, AttributeError):
        return None
    return message if message.get("From") else None


def _headers_of(message: Message) -> dict[str, str]:
    return {name: _decoded(str(message.get(name, ""))) for name in ("from", "date", "subject")}


def _decoded(value: str) -> str:
    value = value[:_LONGEST]
    try:
        return str(make_header(decode_header(value)))
    except (MessageError, LookupError, ValueError, TypeError, AttributeError):
        return value


def _body_of(message: Message) -> str:
    """What the message says: its plain text, or else any other text it has, decoded."""
    texts = [part for part in _parts(message) if part.get_content_maintype() == "text"]
    plain = [part for part in texts if part.get_content_subtype() == "plain"]
    return "\n\n".join(_text(part) for part in plain or texts)


def _parts(message: Message) -> Iterator[Message]:
    """The parts that are not files, at most a hundred."""
    for number, part in enumerate(message.walk()):
        if number == 100:
            return
        if not part.is_multipart() and part.get_content_disposition() != "attachment":
            yield part


def _text(part: Message) -> str:
    try:
        data = part.get_payload(decode=True)
        if isinstance(data, bytes):
            charset = part.get_content_charset() or "utf-8"
            return data.decode(charset, "replace").replace("\r\n", "\n")
    except (MessageError, LookupError, ValueError, TypeError, AttributeError):
        pass
    return str(part.get_payload())


# -- who, and when -----------------------------------------------------------------------------------


def _sender(value: str) -> tuple[str, str, bool]:
    """Name, address, and whether only one address can be meant.

    ``Amy Reed (NHS TRUST) <amy.reed@nhs.net>``, ``REED, Amy [mailto:amy.reed@nhs.net]``, an address alone.
    """
    value = " ".join(value.strip(_INVISIBLE).split())
    addresses = _ADDRESS.findall(value)
    address = addresses[-1] if addresses else ""
    certain = len(set(addresses)) == 1 and value.count("@") == len(addresses)
    name = value[: value.rfind(address)] if address else value
    name = re.sub(r"\[?(?:mailto|smtp):\s*$", "", name.rstrip("<[( "), flags=re.IGNORECASE)
    name = name.rstrip("<[( ").split(";")[0].strip(" \"'")
    bare = re.sub(r"\s*[(\[][^()\[\]]*[)\]]\s*$", "", name).strip(" \"'")
    return bare or name, address, certain


def _sent(value: str, now: datetime) -> tuple[datetime | None, str]:
    """When a message was sent (UTC), and a sentence if that is doubtful."""
    words = re.sub(r"\s*\([^()]*\)\s*$", "", " ".join(value.strip(_INVISIBLE).split()))
    if not words:
        return None, ""
    sent, doubt = _instant(words)
    if sent is None:
        return None, f"When it was sent could not be read ({quoted(words)})."
    if sent > now + timedelta(minutes=1):
        return None, f"It says it was sent {shown_instant(sent)}, which is still to come."
    return min(sent, now), doubt


def _instant(words: str) -> tuple[datetime | None, str]:
    """The instant that is written; None if any part of the day or the time is missing, or day and month are
    the wrong way round."""
    if (numbers := _NUMBERS.search(words)) and int(numbers[2]) > 12:
        return None, ""  # the day comes first; an impossible date is never turned round
    first, second = datetime(2000, 1, 1, 0, 0), datetime(2003, 2, 2, 1, 1)
    try:
        read = [
            parser.parse(
                words, dayfirst=not _ISO.match(words), default=default, tzinfos=_zone
            ).replace(second=0, microsecond=0)
            for default in (first, second)
        ]
        if read[0] != read[1]:
            return None, ""  # something came from the default
        if read[0].tzinfo is not None:
            return read[0].astimezone(UTC), ""
        instant, doubt = from_local(read[0])
        return instant, f"It was sent at {read[0]:%H:%M}: {doubt}." if doubt else ""
    except (ValueError, OverflowError, TypeError, ArithmeticError, AttributeError, IndexError):
        return None, ""


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """The time zone that is written, None if there is none; an unknown one cannot be read."""
    if name is None and offset is None:
        return None
    if offset is None:
        offset = _OFFSETS.get((name or "").upper())
    if offset is None:
        raise ValueError("a zone that is not known")
    return timezone(timedelta(seconds=offset))
