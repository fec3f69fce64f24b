"""The package as users get it: a wheel in a clean environment, an editable install, a bare checkout."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: What does not belong into a copy of the checkout.
LEFT_OUT = shutil.ignore_patterns(".*", "*.egg-info", "build", "dist", "__pycache__", "corpus-parts")


def shipped() -> set[str]:
    """Every file the wheel must hold, as its name in the wheel."""
    own = [path.relative_to(ROOT) for path in (ROOT / "auditor").rglob("*") if path.is_file()]
    rules = ["auditor" / path.relative_to(ROOT) for path in (ROOT / "rules").rglob("*") if path.is_file()]
    models = ["auditor" / path.relative_to(ROOT) for path in (ROOT / "models").glob("*/*") if path.is_file()]
    return {path.as_posix() for path in (*own, *rules, *models) if "__pycache__" not in path.parts}


def run(*command: object, folder: Path, **environment: str) -> str:
    """Run a command without the checkout on the path; what it printed, or a failure that shows it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_", "COVERAGE"))}
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env={**clean, **environment}, text=True, encoding="utf-8",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def assert_demo(folder: Path, *auditor: object, **environment: str) -> None:
    """``auditor demo`` works in this folder and leaves a scorecard for each agent."""
    output = run(*auditor, "demo", folder=folder, **environment)
    assert "质检完成：63 个会话，8 位客服" in output
    names = [path.name for path in (folder / "示例质检" / "结果").iterdir()]
    assert sum(name.startswith("客服评分卡_") for name in names) == 8


def test_every_package_is_listed() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = set(config["options"]["packages"].split())
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "auditor").rglob("__init__.py")}
    assert listed == found | {"auditor.rules", "auditor.models"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, so that building leaves no traces in it."""
    copy = tmp_path_factory.mktemp("packaging") / "checkout"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path) -> Path:
    """The wheel, built by way of the source distribution: what is missing from that is missing here."""
    run(sys.executable, "-m", "build", "--outdir", checkout / "dist", checkout, folder=checkout)
    return next((checkout / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Iterator[Path]:
    """The bin folder of a clean environment that holds the wheel and what it needs."""
    environment = wheel.parents[2] / "environment"
    run(sys.executable, "-m", "venv", environment, folder=wheel.parent)
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    run(scripts / "python", "-m", "pip", "install", "--quiet", wheel, folder=wheel.parent)
    yield scripts
    shutil.rmtree(environment)


@pytest.mark.packaging
def test_wheel_holds_every_file(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == shipped()


@pytest.mark.packaging
def test_wheel_runs_in_a_clean_environment(installed: Path, tmp_path: Path) -> None:
    run(installed / "python", "-m", "pip", "check", folder=tmp_path)
    assert run(installed / "auditor", "--version", folder=tmp_path).startswith("auditor ")
    assert_demo(tmp_path, installed / "auditor")


@pytest.mark.packaging
def test_no_warning_on_the_way(installed: Path, tmp_path: Path) -> None:
    assert_demo(tmp_path, installed / "python", "-W", "error", "-m", "auditor")


@pytest.mark.packaging
def test_editable_install_runs(installed: Path, checkout: Path, tmp_path: Path) -> None:
    pip = (installed / "python", "-m", "pip", "install", "--quiet")
    run(*pip, "--no-deps", "--editable", checkout, folder=tmp_path)
    where = run(installed / "python", "-c", "import auditor; print(auditor.__file__)", folder=tmp_path)
    assert Path(where.strip()) == checkout / "auditor" / "__init__.py"
    assert_demo(tmp_path, installed / "auditor")


@pytest.mark.packaging
def test_bare_checkout_runs(installed: Path, checkout: Path, tmp_path: Path) -> None:
    run(installed / "python", "-m", "pip", "uninstall", "--quiet", "--yes", "auditor", folder=tmp_path)
    assert_demo(tmp_path, installed / "python", "-m", "auditor", PYTHONPATH=str(checkout))
