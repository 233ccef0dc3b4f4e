"""Real formatters for T1a: black (Python) and prettier (JavaScript, TypeScript, CSS, Markdown, JSON, HTML).

They run once over all passages, and over random parts of each, before the classes are made. A text that a formatter
refuses or leaves as it was is no record of the class; without the tools the class is empty. Go is not here: what the
logs hold of it went through gofmt already, so T1b and T1c have to stand for it.
"""

import shutil
import subprocess
from pathlib import Path, PurePosixPath
from random import Random

from .passages import Passage

PRETTIER_SUFFIXES = (".js", ".jsx", ".mjs", ".ts", ".tsx", ".css", ".scss", ".md", ".json", ".html")
PRETTIER_OPTIONS = ("--print-width", "60", "--tab-width", "3", "--single-quote", "--prose-wrap", "always",
                    "--no-semi", "--trailing-comma", "none", "--loglevel", "silent")
TOOL_SECONDS = 300
LINES_MIN = 20
VARIANTS = 20

# Formatted texts by passage id, the whole passage first.
Formatted = dict[str, list[str]]


def format_all(passages: list[Passage], work: Path, prettier: Path | None, seed: int) -> Formatted:
    """Formats what can be formatted; `prettier` is its script for node. Files go to `work`, which is emptied first."""
    formatted: Formatted = {}
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    waiting = []
    for passage in passages:
        suffix = PurePosixPath(passage.path).suffix.lower()
        for text in variants(passage, Random(f"{seed} format {passage.passage_id}")):
            if suffix == ".py":
                keep(formatted, passage, text, format_python(text))
            elif suffix in PRETTIER_SUFFIXES and prettier:
                file = work / f"{len(waiting)}{suffix}"
                file.write_text(text, encoding="utf-8")
                waiting.append((passage, text, file))
    if waiting:
        # The exit code says only that some file did not parse; such a file stays as it is.
        subprocess.run(["node", str(prettier), *PRETTIER_OPTIONS, "--write", str(work)], capture_output=True,
                       timeout=TOOL_SECONDS, check=False, stdin=subprocess.DEVNULL)
    for passage, before, file in waiting:
        keep(formatted, passage, before, file.read_text(encoding="utf-8"))
    return formatted


def variants(passage: Passage, rng: Random) -> list[str]:
    """The passage and random parts of it, each different and of at least `LINES_MIN` lines."""
    if len(passage.solid) < LINES_MIN:
        return []
    parts = [passage.window(rng.randint(LINES_MIN, len(passage.solid)), rng) for _ in range(VARIANTS - 1)]
    return list(dict.fromkeys(["".join(passage.solid), *parts]))


def keep(formatted: Formatted, passage: Passage, before: str, after: str | None) -> None:
    """Keeps a text that the formatter changed."""
    if after is not None and after != before and after.strip():
        formatted.setdefault(passage.passage_id, []).append(after)


def format_python(text: str) -> str | None:
    """By black with short lines; None where black is missing or refuses."""
    try:
        import black
    except ImportError:
        return None
    try:
        return black.format_str(text, mode=black.Mode(line_length=60))
    except (black.InvalidInput, ValueError):
        return None
