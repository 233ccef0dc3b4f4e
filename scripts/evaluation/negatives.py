"""Human text that must not be flagged although it stands in a log: read, quoted, typed out again, or a licence.

Whose text a real log's files are nobody can say for sure, so the sessions here are invented, in the form of Claude
Code's transcripts, about human files of the pinned packages: what the model added in them is known. They are indexed
together with the real logs, and the untouched human files are then scanned.
"""

import json
from pathlib import Path
from random import Random

from .aims import FLAGGED_INNOCENT, FLAGGED_ORIGINALS
from .humans import HumanFile
from .measure import flagged, rate
from .passages import Passage
from .rewrite import fresh_name
from .seepage import Scan

# Passages of these sessions are never planted.
SESSION_PREFIX = "seepage-evaluation-"
KINDS = ("edited", "retyped", "copied")
TITLES = {
    "original-edited": "originals that a model read, and edited with context quoted",
    "original-retyped": "originals that a model read and typed out again, with a few lines of its own",
    "original-copied": "originals that a model read and typed out as they were",
    "document": "documents: READMEs, changelogs, documentation, manuals, books",
    "licence": "licences, and files that open with one, after a model typed such licences",
    "log-original": "files as the real logs' models met them (earlier models may have written them)",
}
LINES_MIN, LINES_MAX = 20, 600


class Transcript:
    """One invented session, line by line."""

    def __init__(self, session: str):
        self.session = session
        self.lines: list[str] = []
        self._calls = 0

    def _add(self, kind: str, message: dict, **fields) -> None:
        number = len(self.lines)
        row = {"type": kind, "sessionId": self.session, "uuid": f"{self.session}-{number}", "parentUuid": None,
               "timestamp": f"2026-01-05T10:{number // 60 % 60:02d}:{number % 60:02d}.000Z", "cwd": "/project",
               "version": "2.1.110", "isSidechain": False, "userType": "external", "message": message, **fields}
        self.lines.append(json.dumps(row, ensure_ascii=False))

    def user(self, text: str) -> None:
        """What the person asks."""
        self._add("user", {"role": "user", "content": text})

    def call(self, tool: str, arguments: dict, result: str, **fields) -> None:
        """A tool call of the model and its result."""
        self._calls += 1
        call_id = f"toolu_{self.session}_{self._calls}"
        block = {"type": "tool_use", "id": call_id, "name": tool, "input": arguments}
        self._add("assistant", {"id": f"msg_{call_id}", "type": "message", "role": "assistant",
                                "model": "claude-sonnet-4-5", "content": [block]}, requestId=f"req_{call_id}")
        block = {"type": "tool_result", "tool_use_id": call_id, "content": result}
        self._add("user", {"role": "user", "content": [block]}, **fields)


def invented_lines(rng: Random, count: int = 5) -> str:
    """Statements with names that stand nowhere else."""
    rows = [f"    {fresh_name('aB', rng)} = {fresh_name('aB', rng)}({fresh_name('a', rng)}, {rng.randrange(1000)})\n"
            for _ in range(count)]
    return "".join(rows)


def numbered(text: str) -> str:
    """As the Read tool shows a file."""
    return "\n".join(f"{i:6d}\t{line}" for i, line in enumerate(text.rstrip("\n").split("\n"), 1))


def tell(transcript: Transcript, kind: str, text: str, path: str, rng: Random) -> None:
    """The model meets a human file: edits a part of it, types it out again, or copies it to another place."""
    lines = text.splitlines(keepends=True)
    if kind == "copied":
        transcript.call("Bash", {"command": f"cat {path}"}, text)
        transcript.call("Write", {"file_path": f"/project/copy/{path.rpartition('/')[2]}", "content": text}, "File created")
        return
    transcript.call("Read", {"file_path": path}, numbered(text))
    start = rng.randrange(len(lines) - 12)
    old, middle = "".join(lines[start:start + 12]), "".join(lines[start:start + 6])
    new = middle + invented_lines(rng) + "".join(lines[start + 6:start + 12])
    if kind == "edited":
        arguments = {"file_path": path, "old_string": old, "new_string": new}
        transcript.call("Edit", arguments, "The file has been updated.",
                        toolUseResult={"filePath": path, "oldString": old, "newString": new, "originalFile": text})
    else:
        content = "".join(lines[:start]) + new + "".join(lines[start + 12:])
        transcript.call("Write", {"file_path": path, "content": content}, "File updated")


def pick(files: list[HumanFile], count: int) -> list[HumanFile]:
    """Source files for the invented sessions; the caller keeps them out of everything else."""
    code = (".py", ".js", ".ts", ".go", ".rs", ".c", ".cc", ".cpp", ".java")
    picked = []
    for file in sorted(files, key=lambda f: f.sha256):
        if len(picked) == count:
            break
        if file.path.endswith(code) and LINES_MIN <= len(file.text().splitlines()) <= LINES_MAX:
            picked.append(file)
    return picked


def write_sessions(directory: Path, files: list[HumanFile], licences: list[str], seed: int) -> dict[str, str]:
    """Writes the transcripts, ten files a session, and one in which the model types `licences` from memory.

    Returns record id to what was done with the file (one of `KINDS`).
    """
    directory.mkdir(parents=True, exist_ok=True)
    rng, done = Random(f"{seed} negatives"), {}
    for start in range(0, len(files), 10):
        transcript = Transcript(f"{SESSION_PREFIX}{start // 10:04d}")
        transcript.user("Please work through these files.")
        for i, file in enumerate(files[start:start + 10], start):
            kind = KINDS[i % len(KINDS)]
            tell(transcript, kind, file.text(), f"/project/{file.record_id}", rng)
            done[file.record_id] = kind
        write_lines(directory / f"{transcript.session}.jsonl", transcript.lines)
    transcript = Transcript(f"{SESSION_PREFIX}licence")
    transcript.user("Add the usual licences, please.")
    for i, text in enumerate(licences):
        transcript.call("Write", {"file_path": f"/project/LICENSE-{i}", "content": text}, "File created")
    write_lines(directory / f"{transcript.session}.jsonl", transcript.lines)
    return done


def write_lines(path: Path, lines: list[str]) -> None:
    """UTF-8, each line with its newline."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def licence_texts(root: Path) -> list[str]:
    """The licences that the invented session types: the repository's own, and the usual header of a source file."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(root.glob("LICENSE*"))]
    apache = next((text for text in texts if "Licensed under the Apache License" in text), "")
    header = apache[apache.find("   Licensed under the Apache License"):].split("\n\n   END")[0] if apache else ""
    if header:
        rows = [("# " + line.strip()).rstrip() for line in header.strip().splitlines()]
        texts.append("\n".join(rows) + "\n\n" + "VALUE = 1\n")
    return texts


def is_licensed(file: HumanFile) -> bool:
    """Whether a human file is a licence or opens with one."""
    name = file.path.rpartition("/")[2].upper()
    if name.startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE")):
        return True
    head = file.location.read_bytes()[:1500]
    return b"Licensed under the Apache License" in head or b"Permission is hereby granted, free of charge" in head


def read_originals(logs: list[Path]) -> dict[str, str]:
    """Files that the real logs' models edited, as they first were: path to text. Claude Code only.

    Paths that a model created in these logs are left out. Whether a person wrote the rest nobody can say.
    """
    first: dict[str, tuple[str, str]] = {}
    created: set[str] = set()
    for path in sorted(p for root in logs for p in (root.rglob("*.jsonl") if root.is_dir() else [root])):
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if '"originalFile"' not in line:
                    continue
                try:
                    row = json.loads(line)
                except json.JSONDecodeError:
                    continue
                result = row.get("toolUseResult") if isinstance(row, dict) else None
                if not isinstance(result, dict) or not isinstance(result.get("filePath"), str):
                    continue
                name, text, time = result["filePath"], result.get("originalFile"), str(row.get("timestamp"))
                if result.get("type") == "create":
                    created.add(name)
                elif isinstance(text, str) and text.strip() and time < first.get(name, ("~",))[0]:
                    first[name] = (time, text)
    return {name: text for name, (_, text) in first.items() if name not in created}


def measure_group(name: str, records: list[tuple[str, str]], scan: Scan, passages: list[Passage]) -> dict:
    """How many records of one group are flagged.

    Of `log-original` those are left out whose flagged lines mostly stand in some passage: a model did write them.
    """
    accused = with_brief = 0
    authored = {" ".join(line.split()) for p in passages for line in p.authored} if name == "log-original" else set()
    for record, text in records:
        findings = scan.findings.get(f"{name}: {record}", [])
        found = flagged(findings, brief=True)
        if not found or name == "log-original" and mostly_authored(text.encode(), found, authored):
            continue
        with_brief += 1
        accused += bool(flagged(found))
    title = TITLES[name] + (", not counting lines that some session wrote" if name == "log-original" else "")
    aim = {"document": FLAGGED_INNOCENT, "licence": 0.0, "log-original": None}.get(name, FLAGGED_ORIGINALS)
    return {"title": title, "aim": aim, "flagged": rate(accused, len(records)), "with_brief": rate(with_brief, len(records))}


def mostly_authored(text: bytes, found: list, authored: set[str]) -> bool:
    """Whether at least half of the lines that the findings point at were written by a model in some session."""
    pointed = [" ".join(line.split()) for finding in found for start, end in finding.spans
               for line in text[start:end].decode("utf-8", "replace").splitlines() if line.strip()]
    return bool(pointed) and sum(line in authored for line in pointed) >= len(pointed) / 2
