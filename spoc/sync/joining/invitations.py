"""Invitation files, and how they describe a desk."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spoc.model.errors import BadInput
from spoc.model.ledger.entry import canonical
from spoc.storage import sealing
from spoc.storage.desks.group import DeskMember
from spoc.storage.secrecy import paper_codes

FORMAT = 1
LONGEST = 20_000  # bytes of an invitation or a request
LONGEST_ANSWER = 2_000_000  # it names every desk: some 600 bytes each
_PURPOSE = b"spoc request 1"


def fields_of_desk(member: DeskMember) -> dict[str, str]:
    return {
        "id": member.id.hex(), "name": member.name,
        "sign_key": member.verifying.hex(), "seal_key": member.sealing.hex(),
    }  # fmt: skip


def desk_of_fields(fields: Mapping[str, str]) -> DeskMember:
    found = DeskMember(
        bytes.fromhex(fields["id"]),
        str(fields["name"]),
        bytes.fromhex(fields["sign_key"]),
        bytes.fromhex(fields["seal_key"]),
    )
    if len(found.id) != 16 or not sealing.usable(found.sealing) or len(found.verifying) != 32:
        raise ValueError("no desk")
    return found


def read(file: Path) -> dict[str, Any]:
    """An invitation's contents. Raises BadInput."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LONGEST + 1)
        value = json.loads(data)
        if value["spoc"] != "invitation" or value["version"] != FORMAT or len(data) > LONGEST:
            raise ValueError
        for each in ("group", "invite", "user"):
            if len(bytes.fromhex(value[each])) != 16:
                raise ValueError
        desk_of_fields(value["desk"])
        return {**value, "mac": str(value["mac"])}
    except OSError as error:
        why = (error.strerror or "it cannot be opened").lower()
        raise BadInput(
            f"The invitation {file} cannot be read: {why}. Nothing was set up."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise BadInput(
            f"The file {file} is not an invitation of spoc, or comes from a later version; nothing was set up. Ask for it again."
        ) from None


def key_of(code: str, number: bytes) -> bytes:
    """The key drawn from an invitation's code. Raises BadInput if it is not a code."""
    return sealing.hkdf(
        "".join(paper_codes.code_groups(code)).encode(), number, b"spoc invitation 1"
    )


def request(key: bytes, fields: Mapping[str, Any]) -> bytes:
    """A request to be let in, sealed under the key of the invitation: it says nothing to whoever keeps the place."""
    number = bytes.fromhex(fields["invite"])
    box = sealing.encrypt(sealing.hkdf(key, number, _PURPOSE), canonical(dict(fields)), number)
    return canonical({"box": box.hex()})


def asked(key: bytes, number: str, data: bytes) -> dict[str, Any]:
    """What a request says. Raises ValueError, KeyError, TypeError or SealBroken if it was not made with the code."""
    value: dict[str, Any] = json.loads(data)
    if "box" in value:
        invite = bytes.fromhex(number)
        box = bytes.fromhex(value["box"])
        value = json.loads(sealing.decrypt(sealing.hkdf(key, invite, _PURPOSE), box, invite))
    elif not hmac.compare_digest(value.pop("mac"), mac(key, value)):  # from an earlier version
        raise ValueError
    if value["invite"] != number:
        raise ValueError
    return value


def mac(key: bytes, fields: Mapping[str, Any]) -> str:
    return hmac.new(key, canonical(dict(fields)), hashlib.sha256).hexdigest()


def answered(number: str, box: bytes) -> bytes:
    """What the inviting desk signs of its answer."""
    return b"spoc join 1\0" + bytes.fromhex(number) + box
