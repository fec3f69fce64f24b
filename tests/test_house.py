"""The house keeps its order: one direction of imports, light start-up, small modules, no word about this machine."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "auditor"
MODULES = sorted(PACKAGE.rglob("*.py"))

#: The floors of the house, top first. A module may import what stands on its own floor and on those below it.
FLOORS = (
    ("cli", "__main__"),
    ("job", "ruletrial", "rescoring", "recording", "samplejob", "phrases", "suggestion"),
    ("reports",),
    ("history",),
    ("scoring", "charging", "reviews", "sampling"),
    ("engine",),
    ("ruleset", "ruleproofs", "rulefiles", "rulebuild", "rulepresets", "ruletemplate", "ruleexamples", "rulefields",
     "rule", "tomlplace"),
    ("modelfolder", "modelcard", "modelabout", "training", "recipes", "weakdata", "mood", "evaluation", "corpusfile",
     "corpus", "classifier"),
    ("checks",),
    ("service", "sums", "handover", "waits", "kpis", "presets"),
    ("entities",),
    ("text",),
    ("hanzi",),
    ("chat",),
    ("errors", "durations"),
)
#: Ways off the main stair: these import nothing else of the house, and only the modules named may import them.
WINGS = {"readers": {"chat", "errors", "text", "tomlplace"}, "demo": set[str]()}
MAY_USE_WING = {"readers": {"cli", "job", "samplejob", "phrases"}, "demo": {"cli"}}

#: Libraries that only some parts of the house may use.
ONLY_IN = {"click": {"cli"}, "tqdm": {"cli"}, "openpyxl": {"reports", "readers"}, "sklearn": {"training", "recipes"},
           "jieba": {"text"}}  # fmt: skip
#: Libraries too slow to load for a command that does not need them: imported inside functions.
HEAVY = {"sklearn", "numpy", "scipy", "jieba", "rjieba", "openpyxl", "tqdm"}

MOST_LINES = 400
MOST_FUNCTION_LINES = 60


def part(path: Path) -> str:
    """The part of the house a module belongs to: a package or module directly below ``auditor``."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Dotted names that an import statement names (``from auditor import x`` may be the module auditor.x)."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert node.level == 0, "the house uses absolute imports"
    module = node.module or ""
    return [f"auditor.{alias.name}" for alias in node.names] if module == "auditor" else [module]


def walk(tree: ast.AST, *, run_time: bool = False) -> Iterator[ast.AST]:
    """All nodes; with ``run_time`` only what runs when the module is imported, type-checking blocks left out."""
    for node in ast.iter_child_nodes(tree):
        if run_time and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if run_time and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from walk(node, run_time=run_time)


def imports(path: Path, *, run_time: bool = False) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import in a module."""
    for node in walk(ast.parse(path.read_text(encoding="utf-8")), run_time=run_time):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for name in imported(node):
                yield node.lineno, name


def parts_used(path: Path) -> Iterator[tuple[int, str]]:
    """(line, part of the house) for every import of our own modules."""
    names = {part(module) for module in MODULES}
    for line, name in imports(path):
        steps = name.split(".")
        if steps[0] == "auditor" and len(steps) > 1 and steps[1] in names:
            yield line, steps[1]


def floor(name: str) -> int:
    """The number of a part's floor, 0 on top."""
    found = [number for number, names in enumerate(FLOORS) if name in names]
    assert len(found) == 1, f"{name} stands on no floor, or on two: give it one in FLOORS"
    return found[0]


def may_import(one: str, other: str) -> bool:
    """Does the direction of the house allow this import?"""
    if one == other:
        return True
    if other in WINGS:
        return one in MAY_USE_WING[other]
    if one in WINGS:
        return other in WINGS[one]
    return floor(one) <= floor(other)


def test_every_part_has_a_floor() -> None:
    for name in {part(path) for path in MODULES} - {"__init__"} - set(WINGS):
        floor(name)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    if part(path) == "__init__":
        assert list(imports(path)) == []
        return
    own = part(path)
    wrong = [f"{path}:{line}: {own} -> {used}" for line, used in parts_used(path) if not may_import(own, used)]
    assert not wrong


@pytest.mark.parametrize(("one", "other"), [
    ("checks", "ruleset"), ("chat", "text"), ("readers", "engine"), ("reports", "readers"), ("scoring", "reports"),
])  # fmt: skip
def test_the_direction_means_something(one: str, other: str) -> None:
    assert not may_import(one, other)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_libraries_stay_where_they_belong(path: Path) -> None:
    used = [(line, name.split(".")[0]) for line, name in imports(path)]
    wrong = [f"{path}:{line}: {name}" for line, name in used if part(path) not in ONLY_IN.get(name, {part(path)})]
    assert not wrong
    at_start = {name.split(".")[0] for _, name in imports(path, run_time=True)}
    assert not at_start & HEAVY


#: Runs a command in a fresh process and says last which of the modules named in the first argument it has loaded.
PROBE = """
import sys
from auditor.cli.app import main
heavy = sys.argv.pop(1).split(",")
try:
    main(sys.argv[1:])
finally:
    print("loaded:", *[name for name in heavy if name in sys.modules])
"""


@pytest.mark.parametrize(("command", "needed"), [
    ("--help", set()),
    ("audit --help", set()),
    ("rules --help", set()),
    # A rule that counts words needs the tokenizer, if only to run its examples.
    ("rules list", {"jieba", "rjieba"}),
    ("rules check", {"jieba", "rjieba"}),
])  # fmt: skip
def test_light_commands_load_nothing_heavy(command: str, needed: set[str]) -> None:
    probe = [sys.executable, "-c", PROBE, ",".join(sorted(HEAVY - needed)), *command.split()]
    done = subprocess.run(probe, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded:"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    functions = [node for node in walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    lines = {f"{path}:{node.lineno}: {node.name}": (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert not [name for name, count in lines.items() if count > MOST_FUNCTION_LINES]


def public(body: list[ast.stmt], inside: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    """Public classes, functions and methods with their names; private classes and their methods are left out."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            name = f"{inside}{node.name}"
            yield name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{name}.")


def is_property_of_protocol(node: ast.FunctionDef | ast.ClassDef) -> bool:
    """A body of ``...`` says only that there is such a thing: its class explains it."""
    return len(node.body) == 1 and ast.unparse(node.body[0]) == "..."


#: Set by click's rules and documented there.
CLICK_HOOKS = {"FormatList.convert"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_everything_public_is_explained(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{path} has no docstring"
    bare = [
        f"{path}:{node.lineno}: {name}"
        for name, node in public(tree.body)
        if not ast.get_docstring(node) and not is_property_of_protocol(node) and name not in CLICK_HOOKS
    ]
    assert not bare


#: Folders of one machine, however they are called.
MACHINE = re.compile(r"(?<![\w.~}/])/(?:home|root|Users|work|tmp|opt|mnt|srv)/[\w.-]+")
TEXT_SUFFIXES = {".py", ".toml", ".cfg", ".md", ".txt", ".csv", ".json", ".in", ".yaml", ".yml", ""}


def project_files() -> Iterator[Path]:
    """Every text file of the checkout that belongs to the project."""
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT).parts
        hidden = any(name.startswith(".") and name not in {".ci", ".gitignore"} for name in inside)
        if path.is_file() and path.suffix in TEXT_SUFFIXES and not hidden and "__pycache__" not in inside:
            yield path


def test_no_file_names_a_folder_of_this_machine() -> None:
    found = []
    for path in project_files():
        text = path.read_bytes().decode("utf-8", "ignore")
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in MACHINE.finditer(text)]
        found += [f"{path.relative_to(ROOT)}: this checkout" for line in text.splitlines() if f"{ROOT}/" in line]
    assert not found
