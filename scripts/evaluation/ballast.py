"""A large index: human code of the other half, as if models had written it, in invented sessions beside the real ones.

Chance grows with the size of an index: whatever is measured with half a megabyte of authored text says little about a
hundred times as much. What shares code with the measured half by copying is left out, because flagging it would be no
mistake: files with a copied stretch, generated and minified files, and whole packages that are related (forks, bundles,
packages that vendor another). What a copied stretch is has nothing to do with what the measured program looks for.
"""

import re

from pathlib import Path
from random import Random

from .humans import HumanFile
from .negatives import SESSION_PREFIX, Transcript, write_lines

# So many neighbouring lines that agree, of at least so many letters each, are a copy and no chance.
COPIED_LINES, TELLING_LEN = 8, 12
# So many words in a row that agree are one, too, comments and imports aside: licences stand everywhere.
COPIED_WORDS = 24
ASIDE = re.compile(r"\s*(?:#|//|/?\*|--|import\b|from\b|use\b)")
WORD = re.compile(r"\w+")
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
    candidates = [file for file in sorted(others, key=lambda f: f.sha256)
                  if file.location.suffix in CODE and file.package not in related]
    stretches = copied_stretches(candidates, measured)
    written, files, copies, stretched = 0, 0, 0, 0
    transcript = None
    for file in candidates:
        if written >= megabytes * 1_000_000:
            break
        text = file.text()
        if is_generated(text) or not known.isdisjoint(runs(text)):
            copies += 1
            continue
        if file.record_id in stretches:
            stretched += 1
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
    return {"files": files, "bytes": written, "copies_left_out": copies, "stretches_left_out": stretched,
            "packages_left_out": sorted(related)}


def copied_stretches(others: list[HumanFile], measured: list[HumanFile]) -> set[str]:
    """The record ids of `others` that share `COPIED_WORDS` words of code in a row with any of `measured`.

    A run of so many holds a whole block of half as many, wherever blocks begin: those of `others` are looked for at every
    word of `measured`, and a block that is met is followed to both sides.
    """
    half = COPIED_WORDS // 2
    words = {file.record_id: code_words(file.text()) for file in others}
    blocks: dict[int, list[tuple[str, int]]] = {}
    for record, own in words.items():
        for at in range(0, len(own) - half + 1, half):
            blocks.setdefault(hash(tuple(own[at:at + half])), []).append((record, at))
    found: set[str] = set()
    for file in measured:
        theirs = code_words(file.text())
        for at in range(len(theirs) - half + 1):
            for record, block in blocks.get(hash(tuple(theirs[at:at + half])), ()):
                if record not in found and run_length(words[record], block, theirs, at) >= COPIED_WORDS:
                    found.add(record)
    return found


def run_length(left: list[int], i: int, right: list[int], j: int) -> int:
    """How many words in a row agree around place `i` of one text and `j` of the other; far enough to tell."""
    back = 0
    while back < min(i, j, COPIED_WORDS) and left[i - back - 1] == right[j - back - 1]:
        back += 1
    ahead = 0
    while ahead < min(len(left) - i, len(right) - j, COPIED_WORDS) and left[i + ahead] == right[j + ahead]:
        ahead += 1
    return back + ahead


def code_words(text: str) -> list[int]:
    """A number for each word of the lines that are neither comment nor import, without regard to case."""
    code = "\n".join(line for line in text.split("\n") if not ASIDE.match(line))
    return [hash(word) for word in WORD.findall(code.lower())]


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
