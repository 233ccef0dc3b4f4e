"""A large index: human code of the other half, as if models had written it, in invented sessions beside the real ones.

Chance grows with the size of an index: whatever is measured with half a megabyte of authored text says little about a
hundred times as much. Files that share code with the measured half by copying (vendored, moved from project to project)
are left out: flagging those would be no mistake.
"""

from pathlib import Path

from .humans import HumanFile
from .negatives import SESSION_PREFIX, Transcript, write_lines

# So many neighbouring lines that agree, of at least so many letters each, are a copy and no chance.
COPIED_LINES, TELLING_LEN = 8, 12
CODE = frozenset(".py .js .jsx .mjs .ts .tsx .go .rs .c .h .cc .cpp .hpp .java .m .mm .kt .rb .vue .scss".split())
SESSION_FILES = 40


def write_sessions(directory: Path, others: list[HumanFile], measured: list[HumanFile], megabytes: int) -> dict:
    """Writes transcripts in which a model writes files of `others` until there are so many megabytes; says how many."""
    known = set()
    for file in measured:
        known.update(runs(file.text()))
    written, files, copies = 0, 0, 0
    transcript = None
    for file in sorted((f for f in others if f.location.suffix in CODE), key=lambda f: f.sha256):
        text = file.text()
        if written >= megabytes * 1_000_000:
            break
        if not known.isdisjoint(runs(text)):
            copies += 1
            continue
        if files % SESSION_FILES == 0:
            finish(directory, transcript)
            transcript = Transcript(f"{SESSION_PREFIX}ballast-{files // SESSION_FILES:05d}")
            transcript.user("Please write these files.")
        transcript.call("Write", {"file_path": f"/project/{file.record_id}", "content": text}, "File created")
        written += len(text.encode())
        files += 1
    finish(directory, transcript)
    return {"files": files, "bytes": written, "copies_left_out": copies}


def finish(directory: Path, transcript: Transcript | None) -> None:
    """Writes a transcript, if there is one."""
    if transcript:
        write_lines(directory / f"{transcript.session}.jsonl", transcript.lines)


def runs(text: str):
    """A number for each run of `COPIED_LINES` telling lines, white space aside."""
    lines = [line for line in (" ".join(line.split()) for line in text.split("\n")) if len(line) >= TELLING_LEN]
    return {hash(tuple(lines[i:i + COPIED_LINES])) for i in range(len(lines) - COPIED_LINES + 1)}
