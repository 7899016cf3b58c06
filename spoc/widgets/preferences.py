"""What a user prefers on this computer: the theme and the keys. Nothing here changes a record.

The file is ``settings.toml`` in the user's configuration folder:

    theme = "dark"            # or "light", or "contrast"

    [keys]                    # the id of a key (F1 shows the keys), and what to press instead
    "app.lock" = "ctrl+l"
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

THEMES = ("dark", "light", "contrast")
_THEME = re.compile(
    r"""^([ \t]*(?:theme|"theme"|'theme')[ \t]*=[ \t]*)("[^"\n]*"|'[^'\n]*')""", re.M
)


@dataclass(frozen=True, slots=True)
class Preferences:
    """A user's preferences. ``warning`` is the sentence about an unusable file, or "".

    ``file`` is where a chosen theme is saved; None saves it nowhere.
    """

    theme: str = "dark"
    keys: Mapping[str, str] = field(default_factory=dict)
    warning: str = ""
    file: Path | None = None


def path() -> Path:
    """Where the file is, whether or not it exists."""
    from platformdirs import user_config_path

    return user_config_path("spoc", appauthor=False) / "settings.toml"


def read(file: Path | None = None) -> Preferences:
    """The user's preferences; anything unusable is reported in one sentence and left at its default.

    The environment variable SPOC_THEME overrides the file.
    """
    file = file or path()
    preferences = replace(_read(file), file=file)
    theme = os.environ.get("SPOC_THEME", "")
    return replace(preferences, theme=theme) if theme in THEMES else preferences


def _read(file: Path) -> Preferences:
    try:
        fields = tomllib.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValueError, RecursionError):
        return Preferences(warning=f"{file} cannot be read; the usual theme and keys are used.")
    theme, keys = fields.get("theme", "dark"), fields.get("keys", {})
    text = ""
    if theme not in THEMES:
        text = f"{file} names an unknown theme; use one of {', '.join(THEMES)}."
        theme = "dark"
    if not isinstance(keys, dict) or not all(type(key) is str for key in keys.values()):
        text, keys = f"{file}: [keys] must hold texts only; the usual keys are used.", {}
    return Preferences(theme, keys, text)


def keep_theme(theme: str, file: Path | None) -> str:
    """Writes a theme to the file and leaves its other lines as they are; returns a sentence if that is
    impossible.

    A file that is not understood is left alone.
    """
    if file is None:
        return ""
    left = (
        "The theme stays until you leave spoc. The settings file is not understood or cannot be written, "
        f"so it was left as it is: {file}"
    )
    try:
        text = file.read_bytes().decode("utf-8-sig") if file.exists() else ""
        fields = tomllib.loads(text.replace("\r\n", "\n"))
        wanted = fields | {"theme": theme}
        if "theme" in fields:
            changed = _THEME.sub(rf'\g<1>"{theme}"', text, count=1)
        else:
            changed = f'theme = "{theme}"\n{text}'
        if tomllib.loads(changed.replace("\r\n", "\n")) != wanted:
            return left
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f"{file.name}.new")
        beside.write_bytes(changed.encode())
        beside.replace(file)
    except (OSError, ValueError, RecursionError):
        return left
    return ""
