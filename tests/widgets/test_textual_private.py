"""What spoc uses of Textual that Textual does not promise to keep: it is what was read, and stands in one place."""

import ast
import hashlib
import importlib
import inspect
import pkgutil
import re
import textwrap
import tomllib
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from textual.message_pump import MessagePump

import spoc
from spoc.widgets import textual_private

ROOT = Path(__file__).resolve().parents[2]
ONE_PLACE = Path(textual_private.__file__)

# Each thing, and a digest of its source where it is defined (an attribute: where it is first set). Where one
# fails after an upgrade: read what changed, mend spoc/widgets/textual_private.py, then write the digest anew.
USED = {
    "textual._ansi_sequences:ANSI_SEQUENCES_KEYS": "cf365064027e",
    "textual._compositor:Compositor._dirty_regions": "71484ed8df62",
    "textual._compositor:Compositor._get_renders": "c5f86e10abef",
    "textual._compositor:Compositor._render_chops": "12a7979c94d3",
    "textual._compositor:Compositor.reflow": "0ab52ea19663",
    "textual._compositor:Compositor.visible_widgets": "5800db0bf372",
    "textual._compositor:ReflowResult": "c5cf0bc2d48c",
    "textual._xterm_parser:BRACKETED_PASTE_END": "96662a2f0970",
    "textual._xterm_parser:BRACKETED_PASTE_START": "ed5b57da4abc",
    "textual._xterm_parser:XTermParser": "a7e6644a61d2",
    "textual.app:App._clipboard": "0b97c62c58be",
    "textual.message_pump:MessagePump._close_messages_no_wait": "25dca8653760",
    "textual.app:App._exception": "fe4936ff4236",
    "textual.app:App._exception_event": "236faf07b505",
    "textual.app:App._exit_renderables": "d35793956f89",
    "textual.app:App._fatal_error": "8ea137f9297a",
    "textual.app:App._handle_exception": "ebf01bf0d7ba",
    "textual.app:App._return_code": "78474f95417c",
    "textual.app:App.panic": "ababb88e2542",
    "textual.await_complete:AwaitComplete.nothing": "77b29ce6a1b2",
    "textual.css.stylesheet:Stylesheet._parse_cache": "bb5a3b58e694",
    "textual.css.stylesheet:Stylesheet.parse": "a28a3042b4f9",
    "textual.css.stylesheet:Stylesheet.reparse": "48258ab7f531",
    "textual.dom:DOMNode._bindings": "6a3471260687",
    "textual.dom:DOMNode._merge_bindings": "7d72240b6ad3",
    "textual.drivers._writer_thread:WriterThread": "26d7af6ad3d4",
    "textual.drivers._writer_thread:WriterThread._queue": "6118a0e8e0f0",
    "textual.drivers.linux_driver:LinuxDriver.run_input_thread": "3c7a9834635c",
    "textual.drivers.linux_driver:LinuxDriver.start_application_mode": "56410163b604",
    "textual.drivers.win32:EventMonitor.run": "93dd45950e01",
    "textual.keys:_character_to_key": "03b25d2a9f59",
    "textual.screen:Screen._compositor": "dce98338e498",
    "textual.widget:Widget._scroll_update": "14e335e8d272",
    "textual.widget:Widget._get_style": "c1f82ae01a49",
    "textual.widgets._input:Input._position_to_cell": "2d6bb2e80fa5",
    "textual.widgets._input:Input._value": "934da305ac19",
    "textual.widgets._text_area:TextArea._theme": "d391b50971e5",
    "textual.widgets._text_area:TextArea.render_lines": "dc75583cc24d",
}

PRIVATE = re.compile(r"_(?!_)\w+")


def source(name: str) -> str:
    """The source of a definition: module:class.attribute."""
    module, _, path = name.partition(":")
    spec = find_spec(module)
    assert spec is not None and spec.origin, f"Textual has no module {module} any more."
    text = Path(spec.origin).read_text("utf-8")
    node: ast.AST | None = ast.parse(text)
    for part in path.split("."):
        node = found(node, part)
        assert node is not None, f"Textual has no {part} in {module} any more ({name})."
    return ast.get_source_segment(text, node) or ""


def found(within: ast.AST, name: str) -> ast.AST | None:
    """Where a name is defined in a module or a class; else where ``self.name`` is first set."""
    body = getattr(within, "body", [])
    for each in body:
        if getattr(each, "name", None) == name:
            return each
    for each in body if isinstance(within, ast.Module) else ast.walk(within):
        targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
        if any(getattr(target, "attr", getattr(target, "id", "")) == name for target in targets):
            return each
    return None


def digest(name: str) -> str:
    lines = [line.rstrip() for line in source(name).splitlines()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


@pytest.mark.parametrize("name", USED)
def test_what_is_private_of_textual_is_what_was_read(name: str) -> None:
    assert digest(name) == USED[name], f"{name} changed: see what rests on it in {ONE_PLACE.name}"


def test_textual_is_pinned_to_the_version_that_was_read() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (pinned,) = [each for each in project["dependencies"] if Requirement(each).name == "textual"]
    assert pinned == f"textual=={textual_private.VERSION}"
    assert metadata.version("textual") == textual_private.VERSION


def private_in(tree: ast.AST) -> Iterator[str]:
    """The private names that a module imports or asks of something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = [*(node.module or "").split("."), *(each.name for each in node.names)]
            yield from (each for each in names if PRIVATE.fullmatch(each))
        elif isinstance(node, ast.Import):
            names = [part for each in node.names for part in each.name.split(".")]
            yield from (each for each in names if PRIVATE.fullmatch(each))
        elif isinstance(node, ast.Attribute) and PRIVATE.fullmatch(node.attr):
            yield node.attr


def defined_in(tree: ast.AST) -> Iterator[str]:
    """The names that a module gives to things of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.attr if isinstance(node, ast.Attribute) else node.id


def test_each_private_thing_that_is_used_is_read_here_and_no_other() -> None:
    tree = ast.parse(ONE_PLACE.read_text("utf-8"))
    read = {part for name in USED for part in re.split("[:.]", name)}
    own = {each for each in defined_in(tree) if each in ("_crashed", "_pasted")}
    assert set(private_in(tree)) - own - read == set()
    named = set(re.findall(r"\w+", ONE_PLACE.read_text("utf-8")))
    assert [name for name in USED if re.split("[:.]", name)[-1] not in named] == []


@pytest.mark.long
def test_no_other_module_touches_a_private_name_of_textual() -> None:
    trees = {
        file: ast.parse(file.read_text("utf-8"))
        for file in (ROOT / "spoc").rglob("*.py")
        if file != ONE_PLACE
    }
    own = {name for tree in trees.values() for name in defined_in(tree)}
    own |= {"_make", "_replace", "_asdict", "_fields"}  # of named tuples
    own |= {"_current_frames"}  # of sys, in its documentation
    strange = {
        str(file.relative_to(ROOT)): sorted(set(private_in(tree)) - own)
        for file, tree in trees.items()
    }
    assert {file: names for file, names in strange.items() if names} == {}


def names_of(kind: type) -> set[str]:
    """The private names that a class defines, and those it sets on itself."""
    try:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    except (OSError, TypeError):
        return set()
    names = {name for each in getattr(tree, "body", ()) for name in defined_in_line(each)}
    names |= {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if isinstance(node.value, ast.Name) and node.value.id == "self"
    }
    return {name for name in names if PRIVATE.fullmatch(name)}


def defined_in_line(line: ast.AST) -> Iterator[str]:
    """The names that a line of a class gives to methods and to values."""
    if isinstance(line, ast.FunctionDef | ast.AsyncFunctionDef):
        yield line.name
    targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
    yield from (target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.long
def test_no_class_takes_a_private_name_of_textual_unawares() -> None:
    for module in pkgutil.walk_packages(spoc.__path__, "spoc."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    kinds: set[type] = set()
    unseen: list[type] = [MessagePump]
    while unseen:
        each = unseen.pop()
        kinds.add(each)
        unseen += each.__subclasses__()
    theirs = {kind: names_of(kind) for kind in kinds if kind.__module__.startswith("textual.")}
    taken = {
        f"{kind.__module__}.{kind.__qualname__}": sorted(both)
        for kind in kinds
        if kind.__module__.startswith("spoc.") and kind.__module__ != textual_private.__name__
        if (both := names_of(kind) & set().union(*(theirs.get(up, set()) for up in kind.__mro__)))
    }
    assert taken == {}
