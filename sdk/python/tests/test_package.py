"""The wheel installs in an empty environment and runs there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

from support.engine import Engine
from support.patience import PATIENCE_S
from test_programs import environment

_SOURCES = Path(__file__).parents[1]
_PROGRAM = """
from iii_kit import InitOptions, register_worker, _json
with register_worker({url!r}, InitOptions(worker_name="installed")) as iii:
    iii.register_function("installed::echo", lambda data: data).ready()
    print(_json.BACKEND, iii.trigger({{"function_id": "installed::echo", "payload": 10**30}}))
"""


def test_the_wheel_installs_and_runs(shared_engine: Engine, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=_SOURCES, check=True, capture_output=True, timeout=PATIENCE_S)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith("METADATA"))
        required = archive.read(metadata).decode()
    assert "iii_kit/py.typed" in names
    assert all(name.startswith(("iii_kit/", "iii_kit-")) for name in names)
    assert not [
        line
        for line in required.splitlines()
        if line.startswith("Requires-Dist") and "extra" not in line
    ]
    (sources,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sources) as archive:
        assert any(name.endswith("src/iii_kit/__init__.py") for name in archive.getnames())

    home = tmp_path / "empty"
    venv.create(home, with_pip=False)
    folder = next(home.glob("lib/python*/site-packages"))
    # What an installer does with a wheel of this kind.
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    kept = {key: value for key, value in environment().items() if key != "PYTHONPATH"}
    ran = subprocess.run(
        [str(home / "bin" / "python"), "-W", "error", "-c", _PROGRAM.format(url=shared_engine.url)],
        env=kept,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (ran.stderr, ran.stdout.strip()) == ("", f"json {10**30}")


def test_the_same_sources_are_the_same_wheel(tmp_path: Path) -> None:
    """Wherever and whenever it is built, and whoever cloned them."""
    wheels: list[bytes] = []
    for name, time, mode in (("one", 1_600_000_000, 0o644), ("other", 1_700_000_000, 0o600)):
        copy, to = tmp_path / name, tmp_path / f"{name}-built"
        skipped = shutil.ignore_patterns("__pycache__", ".*", "tests")
        shutil.copytree(_SOURCES, copy, ignore=skipped)
        for file in copy.rglob("*.*"):
            file.chmod(mode)
            os.utime(file, (time, time))
        build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
        subprocess.run(
            [*build, "--directory", str(to)],
            cwd=copy,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1577836800"},
            check=True,
            capture_output=True,
            timeout=PATIENCE_S,
        )
        (wheel,) = to.glob("*.whl")
        wheels.append(wheel.read_bytes())
    assert wheels[0] == wheels[1]
