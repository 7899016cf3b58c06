"""What a user prefers on this computer: the theme and the keys. Nothing here changes a record.

The file is ``settings.toml`` in the user's configuration folder:

    theme = "dark"            # or "light", or "contrast"

    [keys]                    # the id of a key (F1 shows the keys), and what to press instead
    "app.lock" = "ctrl+l"
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

THEMES = ("dark", "light", "contrast")


@dataclass(frozen=True, slots=True)
class Preferences:
    """``said`` is the sentence about a file that could not be used, or nothing."""

    theme: str = "dark"
    keys: Mapping[str, str] = field(default_factory=dict)
    said: str = ""


def path() -> Path:
    """Where the file is, whether it is there or not."""
    from platformdirs import user_config_path

    return user_config_path("spoc", appauthor=False) / "settings.toml"


def read(file: Path | None = None) -> Preferences:
    """The user's preferences; what cannot be used is said in one sentence and left at its default.

    The environment variable SPOC_THEME goes before the file.
    """
    preferences = _read(file or path())
    theme = os.environ.get("SPOC_THEME", "")
    if theme in THEMES:
        return Preferences(theme, preferences.keys, preferences.said)
    return preferences


def _read(file: Path) -> Preferences:
    try:
        held = tomllib.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        return Preferences()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return Preferences(said=f"{file} cannot be read; the usual theme and keys are used.")
    theme, keys = held.get("theme", "dark"), held.get("keys", {})
    said = ""
    if theme not in THEMES:
        said = f"{file} names an unknown theme; use one of {', '.join(THEMES)}."
        theme = "dark"
    if not isinstance(keys, dict) or not all(type(key) is str for key in keys.values()):
        said, keys = f"{file}: [keys] must hold texts only; the usual keys are used.", {}
    return Preferences(theme, keys, said)
