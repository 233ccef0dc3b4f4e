"""Human files: the text files of the pinned packages, or of Python's standard library for the small version."""

import gzip
import hashlib
import json
import os
import re
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from .packages import Package

SUFFIXES = frozenset(""".py .pyi .js .jsx .mjs .ts .tsx .go .rs .c .h .cc .cpp .hpp .java .m .mm .kt .rb .sh .php .cs
.css .scss .less .html .md .rst .txt .json .yaml .yml .toml .proto .sql .vue .tmpl .pot .cfg .ini""".split())
NAMES = frozenset(("LICENSE", "COPYING", "NOTICE", "README", "Makefile", "CHANGELOG", "AUTHORS"))
# Text for people: READMEs, changelogs, pages of documentation and manuals; in the packages of documents HTML, too.
_DOCUMENT = re.compile(r"\.(md|rst|txt)$|(^|/)(README|CHANGE\w*|HISTORY|NEWS|AUTHORS)(\.|$)|\.[1-9][a-z]*$")
# Text for programs: data of tests, and what tools of packages write and read.
_NO_DOCUMENT = re.compile(r"(^|/)(testdata|tests?|fixtures)/|\.dist-info/|(^|/)(CMakeLists|requirements)[^/]*$")
LEN_MIN, LEN_MAX = 200, 400_000
# A book may be one file.
DOCUMENT_LEN_MAX = 4_000_000
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
        return read(self.location).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")

    @property
    def record_id(self) -> str:
        """Names the file in shards and tables."""
        return f"{self.package}/{self.path}"


def half_of(package: Package | str) -> str:
    """`tune` or `report`, by the hash of the package's name, whatever its version."""
    name = package if isinstance(package, str) else f"{package.source}/{package.name}"
    return "tune" if hashlib.sha256(name.encode()).digest()[0] % 2 else "report"


def read(location: Path) -> bytes:
    """The content of a file, unpacked: manuals are packed each by itself."""
    content = location.read_bytes()
    return gzip.decompress(content) if location.suffix == ".gz" else content


def is_file_of_interest(location: Path) -> bool:
    """Source files and what lies beside them, packed ones left out."""
    is_known = location.suffix in SUFFIXES or location.name.partition(".")[0] in NAMES
    return is_known and location.suffix != ".gz"


def is_document(path: str) -> bool:
    """Whether a file is for people, by its path inside its package."""
    return bool(_DOCUMENT.search(path)) and not _NO_DOCUMENT.search(path)


def list_documents(package: str, directory: Path, seen: set[str]) -> list[HumanFile]:
    """The documents of a package that is fetched for them."""
    def wanted(location: Path) -> bool:
        path = location.relative_to(directory).as_posix().removesuffix(".gz")
        return path.endswith(".html") or is_document(path)

    return list_files(package, directory, seen, wanted=wanted, len_max=DOCUMENT_LEN_MAX)


def list_files(package: str, directory: Path, seen: set[str], limit: int = PACKAGE_FILES_MAX,
               wanted: Callable[[Path], bool] = is_file_of_interest, len_max: int = LEN_MAX) -> list[HumanFile]:
    """Text files of a package, at most `limit`, picked by hash; `seen` holds digests and keeps copies out.

    Of a package with more files those with the smallest digests are taken: the same on every machine.
    """
    found = []
    for root, directories, names in os.walk(directory):
        directories[:] = sorted(d for d in directories if d not in ("__pycache__", "site-packages", ".git"))
        for name in sorted(names):
            location = Path(root, name)
            if location.is_symlink() or not wanted(location) or location.stat().st_size > len_max:
                continue
            content = read(location)
            if not LEN_MIN <= len(content) <= len_max or not is_text(content):
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
