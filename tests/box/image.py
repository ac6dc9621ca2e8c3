"""The Dockerfile, carried out step by step in an empty folder, where there is no Docker.

Folders of the image (`/opt/venv`, `/srv/jobops`) lie under one folder of this machine; a stage's
base image is this machine's Python. Just what our own Dockerfile says is known here: anything else
is an error, so that a new kind of step is not passed over.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("/opt/venv", "/srv/jobops", "/usr/local/bin")
BASE = "python:3.11-slim-bookworm"


@dataclass
class Stage:
    """A stage as its steps have made it."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = ""
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)
    only_real: dict[str, str] = field(default_factory=dict)  # What only a real image has.

    def here(self, text: str) -> str:
        """A text of the Dockerfile, with the folders of the image where they lie here."""
        return re.sub("|".join(FOLDERS), lambda found: f"{self.folder}{found[0]}", text)

    def path(self, path: str) -> Path:
        """Where a path of the image lies here."""
        whole = path if path.startswith("/") else f"{self.workdir}/{path}"
        return Path(f"{self.folder}{os.path.normpath(whole)}")

    def environment(self) -> dict[str, str]:
        """The variables that a process of it has; pip may keep what it has fetched before."""
        env = {name: self.here(value) for name, value in self.env.items()}
        env.pop("PIP_NO_CACHE_DIR", None)
        return {"PATH": self.here("/usr/local/bin:/usr/bin:/bin"), **env}


def steps(text: str) -> list[tuple[str, str]]:
    """The steps of a Dockerfile: the word, and what it is told."""
    lines = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#"))
    whole = [line for line in re.sub(r"\\\n\s*", "", lines).split("\n") if line.strip()]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in whole]


def build(folder: Path, *, root: Path = ROOT) -> Stage:
    """Carry out the Dockerfile; the last stage is the image."""
    stages: dict[str, Stage] = {}
    stage = Stage(folder)
    for word, argument in steps((root / "Dockerfile").read_text()):
        if word == "FROM":
            base, _as, name = [*argument.split(), "", "image"][:3]
            assert base == BASE
            stage = stages[name] = Stage(folder / name)
            stage.path("/usr/local/bin").mkdir(mode=0o755, parents=True)
            stage.path("/usr/local/bin/python").symlink_to(base_python())
        elif word == "COPY":
            copy(stage, stages, argument, root=root)
        else:
            STEPS[word](stage, argument)
    return stage


def base_python() -> Path:
    """A Python of this machine that anybody may run, as that of the base image: ours, or Debian's.

    Where both are somebody's own, ours; then nobody else can run the image.
    """
    ours, debian_s = Path(sys.executable).resolve(), Path("/usr/bin/python3")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (ours, debian_s):
        if anybody_may_run(python) and python.resolve().name == version:
            return python
    return ours


def anybody_may_run(file: Path) -> bool:
    """Is the file there, and every folder on the way to it open to all?"""
    return file.exists() and all(path.stat().st_mode & 0o1 for path in (file, *file.parents))


def copy(stage: Stage, stages: dict[str, Stage], argument: str, *, root: Path) -> None:
    """COPY of a file or of everything from here, or of a folder from an earlier stage."""
    *flags, source, target = shlex.split(argument)
    if flags:
        (flag,) = flags
        earlier = stages[flag.removeprefix("--from=")]
        shutil.copytree(earlier.path(source), stage.path(target), symlinks=True, dirs_exist_ok=True)
        if source == "/opt/venv":
            relocate(stage.path(target), earlier.path(source))
        return
    for path in context(root):
        if source in {".", path.as_posix()}:
            put(root / path, stage.path(target), path)


def put(file: Path, folder: Path, path: Path) -> None:
    """One file of the context, as a checkout has it that is readable by its owner alone."""
    here = folder
    for part in path.parts[:-1]:
        here /= part
        here.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(file, here / path.name)
    (here / path.name).chmod(0o600)


def relocate(venv: Path, before: Path) -> None:
    """Put right the paths that the scripts of an environment hold: in an image it never moves."""
    for path in (venv / "bin").iterdir():
        if path.is_file() and not path.is_symlink() and path.read_bytes()[:2] == b"#!":
            path.write_bytes(path.read_bytes().replace(bytes(before), bytes(venv)))


def context(root: Path) -> list[Path]:
    """The files that .dockerignore lets into the build."""
    lines = (root / ".dockerignore").read_text().split("\n")
    patterns = [line for line in lines if line and not line.startswith("#")]
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    files = sorted(set(tracked.stdout.split("\n")) - {""})
    return [Path(file) for file in files if (root / file).is_file() and is_let_in(file, patterns)]


def is_let_in(file: str, patterns: list[str]) -> bool:
    """The last pattern that fits a file, or a folder of it, says whether it is left out."""
    parts = file.split("/")
    names = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    let_in = True
    for pattern in patterns:
        plain = pattern.removeprefix("!")
        if any(fits(name, plain) for name in names):
            let_in = pattern.startswith("!")
    return let_in


def fits(name: str, pattern: str) -> bool:
    """Does a pattern of .dockerignore fit this one name? A star stays within a folder, two are any
    folders or none."""
    glob = re.escape(pattern).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
    return re.fullmatch(glob, name) is not None


def run(stage: Stage, argument: str) -> None:
    if argument.startswith("apt-get"):
        check_installed(argument)
        return
    subprocess.run(
        ["sh", "-euc", stage.here(argument)],
        cwd=stage.path("."),
        env=stage.environment(),
        check=True,
    )


def check_installed(argument: str) -> None:
    """Debian's packages are those of this machine, which a test does not change: they are there."""
    (named,) = re.findall(r"--no-install-recommends ([^&]+)", argument)
    subprocess.run(["dpkg-query", "--show", *named.split()], check=True, capture_output=True)


def set_env(stage: Stage, argument: str) -> None:
    stage.env |= dict(pair.split("=", 1) for pair in shlex.split(argument))


def set_workdir(stage: Stage, argument: str) -> None:
    stage.workdir = argument
    stage.path(".").mkdir(mode=0o755, parents=True)


def set_user(stage: Stage, argument: str) -> None:
    stage.user = argument


def set_command(stage: Stage, argument: str) -> None:
    stage.command = json.loads(argument)  # The exec form alone: signals reach the process itself.


def set_healthcheck(stage: Stage, argument: str) -> None:
    _options, command = argument.split("CMD ", 1)
    stage.healthcheck = json.loads(command)


def note(word: str) -> object:
    return lambda stage, argument: stage.only_real.update({word: argument})


STEPS = {
    "RUN": run,
    "ENV": set_env,
    "WORKDIR": set_workdir,
    "USER": set_user,
    "CMD": set_command,
    "HEALTHCHECK": set_healthcheck,
    **{word: note(word) for word in ("EXPOSE", "LABEL", "STOPSIGNAL")},
}
