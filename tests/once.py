"""What every test would work out alike is worked out once a run: what a file of a pack says, the pack that
the same files make, and the rules that the same stylesheet holds. The files are still read, and whatever differs is worked out anew."""

from typing import Any

from textual.css.stylesheet import Stylesheet

from spoc.guidance import pack, packfile
from spoc.model.rules.codes import Pack
from spoc.storage.service import packs


def work_out_once() -> None:
    """From now on, for every test of this process."""
    _files()
    _packs()
    _rules()


def _files() -> None:
    parsed: dict[Any, packfile.PackFile] = {}
    parse = packfile.parse

    def of(*what: Any) -> packfile.PackFile:
        if what not in parsed:
            parsed[what] = parse(*what)
        return parsed[what]

    for module in (packfile, pack):
        module.parse = of  # type: ignore[attr-defined]


def _packs() -> None:
    made: dict[Any, Pack] = {}
    make = pack.of_files

    def of_files(pack_id: str, files: pack.Files) -> Pack:
        key = (pack_id, tuple((name, tuple(each.items())) for name, each in files.items()))
        if key not in made:
            made[key] = make(pack_id, files)
        return made[key]

    for module in (pack, packs):
        module.of_files = of_files


def _rules() -> None:
    parsed: dict[Any, Any] = {}
    parse = Stylesheet._parse_rules

    def _parse_rules(sheet: Stylesheet, css: str, *where: Any, **how: Any) -> Any:
        key = (css, where, *how.items(), tuple(sheet._variables.items()))
        if key not in parsed:
            parsed[key] = parse(sheet, css, *where, **how)
        return parsed[key]

    Stylesheet._parse_rules = _parse_rules  # type: ignore[method-assign]
