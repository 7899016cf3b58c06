"""What holds for the project as a whole: its layers, its lock, its habits."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
SPOC = ROOT / "spoc"
LOCKS = ("requirements.lock", "requirements-dev.lock")

TEXT = {".cfg", ".ini", ".lock", ".md", ".py", ".sh", ".svg", ".tcss", ".toml", ".txt", ".yml"}
NOT_OURS = {".git", "build", "dist", "node_modules"}


def paths(*files: Path) -> list[str]:
    return [file.relative_to(ROOT).as_posix() for file in sorted(files)]


def project_texts() -> Iterator[Path]:
    """Every text file of the project, without what tools leave behind."""
    for path in ROOT.iterdir():
        if path.name in NOT_OURS or (path.name.startswith(".") and path.name != ".ci"):
            continue
        for file in path.rglob("*") if path.is_dir() else [path]:
            if file.is_file() and (file.suffix in TEXT or file.name in {"Makefile", "run"}):
                yield file


# The layers


@pytest.mark.parametrize("package", ["spoc.storage", "spoc.guidance", "spoc.model"])
def test_the_core_is_reachable_without_the_screen(package: str) -> None:
    script = f"""
import importlib, pkgutil, sys
package = importlib.import_module({package!r})
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
print("textual" in sys.modules)
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ran.stdout.strip(), ran.stderr) == ("False", "")


SQL = re.compile(
    r"\s*\(?(?:(?:SELECT|INSERT|UPDATE|DELETE|PRAGMA|CREATE|ALTER|DROP)\s+[\w*?\"'(]"
    r"|select\s.+\sfrom\s|insert\s+(?:or\s+\w+\s+)?into\s|update\s.+\sset\s|delete\s+from\s"
    r"|pragma\s+\w)",
    re.DOTALL,
)


def sql_in(source: str) -> list[str]:
    """The string literals, f-strings included, that read as a statement of SQL."""
    texts = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            texts.append(
                "".join(str(v.value) if isinstance(v, ast.Constant) else "?" for v in node.values)
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
    return [text for text in texts if SQL.match(text)]


def test_no_screen_and_no_widget_holds_sql() -> None:
    files = [*SPOC.glob("screens/**/*.py"), *SPOC.glob("widgets/**/*.py")]
    found = {str(file.relative_to(SPOC)): sql_in(file.read_text("utf-8")) for file in files}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_no_two_pages_or_widgets_share_a_name() -> None:
    """Textual's styles go by the name of the class: one page's would change the other."""
    files = [*SPOC.glob("screens/**/*.py"), *SPOC.glob("widgets/**/*.py")]
    classes = [
        node.name
        for file in files
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
    ]
    assert {each for each in classes if classes.count(each) > 1} == set()


@pytest.mark.parametrize(
    ("source", "is_sql"),
    [
        ("'SELECT id FROM contact'", True),
        ('"""\n  INSERT INTO contact VALUES (1)"""', True),
        ("f'UPDATE {table} SET x = 1'", True),
        ("f'SELECT {columns} ' 'FROM contact'", True),
        ("'delete from contact'", True),
        ("'PRAGMA key = x'", True),
        ("'Select a child from the list'", False),
        ("'Update the plan, then set a date'", False),
        ("'Delete this draft?'", False),
    ],
)
def test_sql_is_told_from_a_sentence(source: str, is_sql: bool) -> None:
    assert bool(sql_in(source)) is is_sql


def test_every_module_is_short() -> None:
    long = [f for f in SPOC.rglob("*.py") if len(f.read_text("utf-8").splitlines()) > 400]
    assert paths(*long) == []


# The lock


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_holds_names_versions_and_hashes_only(name: str) -> None:
    line = re.compile(
        r"[a-z0-9-]+==[\w.]+( ; [\w\s.'<>=!()]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?"
    )
    lines = (ROOT / name).read_text("utf-8").splitlines()
    assert [text for text in lines if not line.fullmatch(text)] == []


def test_no_address_of_a_registry_is_written_down() -> None:
    address = re.compile(r"\w+://|--(?:extra-)?index-url|--default-index|--find-links")
    files = [ROOT / "Makefile", *(ROOT / name for name in LOCKS)]
    files += [f for f in (ROOT / ".ci").rglob("*") if f.is_file()]
    assert paths(*(f for f in files if address.search(f.read_text("utf-8")))) == []


def test_the_lock_fits_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    runtime = project["project"]["dependencies"]
    wanted = {LOCKS[0]: runtime, LOCKS[1]: runtime + project["dependency-groups"]["dev"]}
    pinned = {
        name: dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / name).read_text("utf-8"), re.M))
        for name in LOCKS
    }
    for name, requirements in wanted.items():
        for requirement in map(Requirement, requirements):
            version = pinned[name].get(canonicalize_name(requirement.name))
            assert version and requirement.specifier.contains(version), f"{name}: {requirement}"
    assert pinned[LOCKS[0]].items() <= pinned[LOCKS[1]].items()


# The words


def test_no_text_speaks_of_one_machine() -> None:
    place = re.compile(r"(?<![\w.~-])/(?:root|work|farm)/\w")
    found = [f for f in project_texts() if place.search(f.read_text("utf-8", errors="replace"))]
    assert paths(*found) == []


# What threads load


def test_nothing_loads_a_part_of_rapidfuzz_before_the_whole() -> None:
    """Its parts import one another: of two threads that begin at different ones, one gets half a module."""
    part = re.compile(r"(?:from|import) rapidfuzz\.|\"rapidfuzz\.")
    found = [f for f in (ROOT / "spoc").rglob("*.py") if part.search(f.read_text("utf-8"))]
    assert paths(*found) == []
