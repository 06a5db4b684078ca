"""Stock Rasa with TensorFlow, in an environment of its own; and how much room an environment takes."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import distributions
from importlib.util import cache_from_source
from pathlib import Path

LOCK = Path(__file__).with_name("requirements.lock")


def environment(build: Path) -> Path:
    return build / "environment"


def make_environment(build: Path) -> None:
    """Made anew whenever the lock has changed. Raises CalledProcessError."""
    folder = environment(build)
    stamp = folder / "lock.sha256"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    print("Installing stock Rasa with TensorFlow (about 165 packages, 1.8 GB) ...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder)
    uv = Path(sys.executable).with_name("uv")
    options = ("--no-deps", "--require-hashes", "--compile-bytecode", "--quiet")
    subprocess.run(
        [uv, "pip", "install", "--python", folder / "bin/python", *options, "-r", LOCK], check=True
    )
    stamp.write_text(wanted, encoding="ascii")


def bytes_on_disk(python: Path, lock: Path) -> int:
    """The packages of the lock, as they lie in the environment of `python`, with their bytecode."""
    wanted = set(re.findall(r"^([a-z0-9-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE))
    packages = (
        python.parent.parent / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    )
    files: set[Path] = set()
    for package in distributions(path=[str(packages)]):
        if re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower() in wanted:
            files |= {Path(str(package.locate_file(file))) for file in package.files or ()}
    files |= {Path(cache_from_source(str(file))) for file in files if file.suffix == ".py"}
    return sum(file.stat().st_size for file in files if file.is_file())
