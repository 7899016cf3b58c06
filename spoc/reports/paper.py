"""A page for the printer: one HTML file that needs nothing else, with every word treated as data.

spoc prints only with ``write``.
"""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from spoc.model.rules.clock import shown_instant
from spoc.model.values.plain import visible, visible_lines
from spoc.storage.desk import Desk
from spoc.storage.service import outputs

_STYLE = """
body { font: 11pt/1.4 Arial, sans-serif; margin: 2cm; color: #000; background: #fff; }
h1 { font-size: 15pt; margin: 0 0 .2em; } h2 { font-size: 12pt; margin: 1.2em 0 .3em; border-bottom: 1px solid #000; }
pre { font: 10pt/1.4 "Courier New", monospace; white-space: pre-wrap; margin: 1em 0; }
ul { margin: 0; padding-left: 1.2em; } li { margin: .2em 0; } .box::before { content: "\\2610  "; }
.clear { border: 2px solid #000; padding: .4em .6em; font-weight: bold; } .none { color: #444; }
@media print { body { margin: 0; } h2 { break-after: avoid; } li { break-inside: avoid; } }
"""


def write(
    desk: Desk,
    kind: str,
    title: str,
    sections: Iterable[tuple[str, Sequence[str]]] = (),
    *,
    text: str = "",
    boxes: bool = False,
    detail: str = "",
    subject: bytes = b"",
) -> Path:
    """Writes a page for the printer into the folder of outputs, recorded first (see ``outputs.write``);
    returns where it is. Raises a Refusal."""
    about = [
        f"{desk.name}, {desk.service}",
        f"Written {shown_instant(desk.store.now())} by {desk.actor.name}",
    ]
    made = html(title, about, sections, text=text, boxes=boxes)
    return outputs.write(desk, kind, made, detail=detail, subject=subject)


def written(path: Path) -> str:
    """The message once a page is written."""
    return f"Written, not encrypted: {path}. Open it to print; o lists it, and x there deletes it."


def html(
    title: str,
    about: Sequence[str],
    sections: Iterable[tuple[str, Sequence[str]]] = (),
    *,
    text: str = "",
    boxes: bool = False,
) -> str:
    """The page: its title, its subject, a text as it is, then each section with a line for each sentence.

    It says that it is not encrypted, and what to do with it. ``boxes`` puts a box to tick before each line.
    """
    parts = [f"<pre>{escape(visible_lines(text))}</pre>"] if text else []
    for heading, lines in sections:
        parts.append(f"<h2>{_text(heading)} ({len(lines)})</h2>")
        if not lines:
            parts.append('<p class="none">nothing</p>')
            continue
        kind = ' class="box"' if boxes else ""
        items = "".join(f"<li{kind}>{_text(line)}</li>" for line in lines)
        parts.append(f"<ul>{items}</ul>")
    words = "".join(f"<p>{_text(line)}</p>" for line in about)
    return (
        f'<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n<title>{_text(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{_text(title)}</h1>\n{words}\n"
        '<p class="clear">This page and its file are about children and not encrypted. Keep the paper with you, shred '
        "it after the shift, and delete the file in spoc.</p>\n"
        f"{''.join(parts)}\n</body>\n</html>\n"
    )


def _text(words: str) -> str:
    return escape(visible(words))
