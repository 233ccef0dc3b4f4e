"""Human files: the text files of the pinned packages, or of Python's standard library for the small version."""

import hashlib
import json
import os
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from random import Random

from .packages import Package

SUFFIXES = frozenset(""".py .pyi .js .jsx .mjs .ts .tsx .go .rs .c .h .cc .cpp .hpp .java .m .mm .kt .rb .sh .php .cs
.css .scss .less .html .md .rst .txt .json .yaml .yml .toml .proto .sql .vue .tmpl .pot .cfg .ini""".split())
NAMES = frozenset(("LICENSE", "COPYING", "NOTICE", "README", "Makefile", "CHANGELOG", "AUTHORS"))
# Text for people.
DOCUMENTS = (".md", ".rst", ".txt", "README", "CHANGELOG", "AUTHORS")
LEN_MIN, LEN_MAX = 200, 400_000
# No package makes up more than this many of the innocent files.
PACKAGE_FILES_MAX = 2_500


@dataclass(frozen=True)
class HumanFile:
    """One innocent file. `path`: inside its package. The text is read when it is asked for."""

    package: str
    path: str
    location: Path
    sha256: str

    def text(self) -> str:
        """The whole text, line ends as `\\n`."""
        return self.location.read_bytes().decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")

    @property
    def record_id(self) -> str:
        """Names the file in shards and tables."""
        return f"{self.package}/{self.path}"


def half_of(package: Package | str) -> str:
    """`tune` or `report`, by the hash of the package's name, whatever its version."""
    name = package if isinstance(package, str) else f"{package.source}/{package.name}"
    return "tune" if hashlib.sha256(name.encode()).digest()[0] % 2 else "report"


def list_files(package: str, directory: Path, seen: set[str], limit: int = PACKAGE_FILES_MAX) -> list[HumanFile]:
    """Text files of a package, at most `limit`, picked by hash; `seen` holds digests and keeps copies out.

    Of a package with more files those with the smallest digests are taken: the same on every machine.
    """
    found = []
    for root, directories, names in os.walk(directory):
        directories[:] = sorted(d for d in directories if d not in ("__pycache__", "site-packages", ".git"))
        for name in sorted(names):
            location = Path(root, name)
            if (location.suffix not in SUFFIXES and name.partition(".")[0] not in NAMES) or location.is_symlink():
                continue
            if not LEN_MIN <= location.stat().st_size <= LEN_MAX:
                continue
            content = location.read_bytes()
            if not is_text(content):
                continue
            sha256 = hashlib.sha256(content).hexdigest()
            if sha256 not in seen:
                seen.add(sha256)
                found.append(HumanFile(package, location.relative_to(directory).as_posix(), location, sha256))
    found.sort(key=lambda file: file.sha256)
    return found[:limit]


def is_text(content: bytes) -> bool:
    """UTF-8 without NUL."""
    if b"\0" in content:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def standard_library(limit: int) -> list[HumanFile]:
    """Files of this interpreter's standard library, in both halves by their top-level module; needs no network."""
    root = Path(sysconfig.get_paths()["stdlib"])
    files = list_files("stdlib", root, set(), limit=10**9)
    kept = [f for f in files if not f.path.startswith(("config-", "lib2to3/tests", "ensurepip"))]
    return [HumanFile(f"stdlib.{f.path.partition('/')[0].partition('.')[0]}", f.path, f.location, f.sha256)
            for f in kept[:limit]]


def digest(files: list[HumanFile]) -> str:
    """SHA-256 over the list of files and their contents, in the order of their names."""
    rows = sorted((file.record_id, file.sha256) for file in files)
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


class Hosts:
    """Human files that passages are planted in: source files of 40 to 400 lines."""

    def __init__(self, files: list[HumanFile]):
        code = (".py", ".js", ".ts", ".go", ".rs", ".c", ".cc", ".cpp", ".java")
        self._files = [file for file in files if file.path.endswith(code)]
        if not self._files:
            raise ValueError("no human source file to plant passages in")

    def draw(self, rng: Random) -> list[str]:
        """The lines of a random file, each with its newline."""
        for _ in range(1000):
            text = rng.choice(self._files).text()
            lines = [line + "\n" for line in text.rstrip("\n").split("\n")]
            if 40 <= len(lines) <= 400 and len(text) < 40_000:
                return lines
        raise ValueError("no human source file of 40 to 400 lines")
