"""Invitation files, and how they describe a desk."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spoc.model.errors import BadInput
from spoc.storage import sealing
from spoc.storage.desks.group import DeskMember

FORMAT = 1
LONGEST = 20_000  # bytes of an invitation, a request or an answer


def said_of(member: DeskMember) -> dict[str, str]:
    return {
        "id": member.id.hex(), "name": member.name,
        "sign_key": member.verifying.hex(), "seal_key": member.sealing.hex(),
    }  # fmt: skip


def member_of(fields: Mapping[str, str]) -> DeskMember:
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
        member_of(value["desk"])
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
