"""A large index: human code of the other half, as if models had written it, in invented sessions beside the real ones.

Chance grows with the size of an index: whatever is measured with half a megabyte of authored text says little about a
hundred times as much. What shares code with the measured half by copying is left out, because flagging it would be no
mistake: files with a copied stretch, generated and minified files, and whole packages that are related (forks, bundles,
packages that vendor another).
"""

from pathlib import Path
from random import Random

from .humans import HumanFile
from .negatives import SESSION_PREFIX, Transcript, write_lines

# So many neighbouring lines that agree, of at least so many letters each, are a copy and no chance.
COPIED_LINES, TELLING_LEN = 8, 12
# A package with a larger share of its long lines in the measured half is related to it.
RELATED_SHARE, LONG_LEN = 0.005, 30
GENERATED = ("code generated", "do not edit", "@generated")
CODE = frozenset(".py .js .jsx .mjs .ts .tsx .go .rs .c .h .cc .cpp .hpp .java .m .mm .kt .rb .vue .scss".split())
SESSION_FILES = 40
# Every second file is written in pieces, as most of what models write is: lines of the shortest and the longest.
PIECE_LINES = (4, 40)


def write_sessions(directory: Path, others: list[HumanFile], measured: list[HumanFile], megabytes: int,
                   seed: int) -> dict:
    """Writes transcripts in which a model writes files of `others` until there are so many megabytes; says how many."""
    rng = Random(f"{seed} ballast")
    known = set().union(*(runs(file.text()) for file in measured))
    related = related_packages(others, measured)
    written, files, copies = 0, 0, 0
    transcript = None
    for file in sorted((f for f in others if f.location.suffix in CODE), key=lambda f: f.sha256):
        if written >= megabytes * 1_000_000:
            break
        if file.package in related:
            continue
        text = file.text()
        if is_generated(text) or not known.isdisjoint(runs(text)):
            copies += 1
            continue
        if files % SESSION_FILES == 0:
            finish(directory, transcript)
            transcript = Transcript(f"{SESSION_PREFIX}ballast-{files // SESSION_FILES:05d}")
            transcript.user("Please write these files.")
        path = f"/project/{file.record_id}"
        if files % 2:
            write_pieces(transcript, path, text, rng)
        else:
            transcript.call("Write", {"file_path": path, "content": text}, "File created")
        written += len(text.encode())
        files += 1
    finish(directory, transcript)
    return {"files": files, "bytes": written, "copies_left_out": copies, "packages_left_out": sorted(related)}


def related_packages(others: list[HumanFile], measured: list[HumanFile]) -> set[str]:
    """Packages of `others` that have more lines in common with `measured` than strangers have."""
    known = set().union(*(long_lines(file) for file in measured))
    lines: dict[str, set[str]] = {}
    for file in others:
        lines.setdefault(file.package, set()).update(long_lines(file))
    return {package for package, own in lines.items() if len(own & known) > RELATED_SHARE * len(own)}


def long_lines(file: HumanFile) -> set[str]:
    """The different long lines of a source file, white space aside."""
    if file.location.suffix not in CODE:
        return set()
    return {line for line in (" ".join(line.split()) for line in file.text().split("\n")) if len(line) >= LONG_LEN}


def is_generated(text: str) -> bool:
    """Whether a program wrote the file, or squeezed it."""
    head = text[:2000].lower()
    return any(word in head for word in GENERATED) or max(map(len, text.split("\n"))) > 2000


def write_pieces(transcript: Transcript, path: str, text: str, rng: Random) -> None:
    """The model writes a file in many small edits."""
    lines, start = text.splitlines(keepends=True), 0
    while start < len(lines):
        end = start + rng.randint(*PIECE_LINES)
        arguments = {"file_path": path, "old_string": f"<{start}>", "new_string": "".join(lines[start:end])}
        transcript.call("Edit", arguments, "The file has been updated.")
        start = end


def finish(directory: Path, transcript: Transcript | None) -> None:
    """Writes a transcript, if there is one."""
    if transcript:
        write_lines(directory / f"{transcript.session}.jsonl", transcript.lines)


def runs(text: str):
    """A number for each run of `COPIED_LINES` telling lines, white space aside."""
    lines = [line for line in (" ".join(line.split()) for line in text.split("\n")) if len(line) >= TELLING_LEN]
    return {hash(tuple(lines[i:i + COPIED_LINES])) for i in range(len(lines) - COPIED_LINES + 1)}
