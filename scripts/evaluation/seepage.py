"""Runs the program under test and reads what it says; knows its flags and its files, and nothing of the classes."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

FLAGGED = ("exact", "near", "blind")
# From the surest down, as the program ranks them.
TIERS = (*FLAGGED, "brief", "weak")


class SeepageError(Exception):
    """The program failed, or said something that this script does not understand."""


@dataclass(frozen=True)
class Finding:
    """One line of `--format json`. `spans`: byte ranges in the record's text."""

    record: str
    tier: str
    rule: str
    session: str
    passage: str
    score: float
    matched_bytes: int
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Scan:
    """A scan's findings by record id, in the program's order, and its `summary.json`."""

    findings: dict[str, list[Finding]]
    summary: dict


def build_index(binary: Path, logs: list[Path], index: Path, extra: list[str]) -> None:
    """`seepage index build`. Exit code 2 with an index written means that some log could not be read: told, not fatal."""
    command = [str(binary), "index", "build", *map(str, logs), "-o", str(index), "--progress", "never", *extra]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 2) or not index.exists():
        raise SeepageError(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr.strip()[-2000:]}")


def export_passages(binary: Path, index: Path, output: Path) -> None:
    """`seepage index export` into a file."""
    with open(output, "wb") as file:
        done = subprocess.run([str(binary), "index", "export", str(index)], stdout=file, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SeepageError(f"`{binary} index export {index}` ended with {done.returncode}: "
                           f"{done.stderr.decode(errors='replace').strip()[-2000:]}")


def index_digest(binary: Path, index: Path) -> str:
    """The digest that `seepage index info` prints."""
    done = subprocess.run([str(binary), "index", "info", str(index), "--json"], capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)["digest"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise SeepageError(f"`{binary} index info {index} --json` printed no digest: {done.stderr.strip()[-500:]}") from error


def scan(binary: Path, shards: Path, index: Path, report: Path, extra: list[str]) -> Scan:
    """`seepage scan` of a directory of shards. An incomplete scan is an error: nothing here may go unread."""
    command = [str(binary), "scan", str(shards), "--index", str(index), "-o", str(report), "--text-field", "text",
               "--format", "json", "--progress", "never", *extra]
    lines = report.with_suffix(".findings.jsonl")
    lines.parent.mkdir(parents=True, exist_ok=True)
    with open(lines, "wb") as file:
        done = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        raise SeepageError(f"`{' '.join(command)}` ended with {done.returncode}: "
                           f"{done.stderr.decode(errors='replace').strip()[-2000:]}")
    summary = json.loads((report / "summary.json").read_text(encoding="utf-8"))
    return Scan(read_findings(lines), summary)


def read_findings(path: Path) -> dict[str, list[Finding]]:
    """Findings by record id. Raises `SeepageError` naming the line that has not the columns of the report."""
    findings: dict[str, list[Finding]] = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                finding = Finding(
                    row["record_id"], row["tier"], row["rule"], row["session_id"], str(row["passage_id"]), row["score"],
                    row["matched_bytes"], tuple((span["record_start"], span["record_end"]) for span in row["spans"]))
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise SeepageError(f"`{path}` line {number} is no finding: {error!r}") from error
            findings.setdefault(finding.record, []).append(finding)
    return findings


def best(findings: list[Finding]) -> list[Finding]:
    """The findings of the surest tier among `findings`, the best first (by score, then by bytes matched)."""
    if not findings:
        return []
    tier = min((finding.tier for finding in findings), key=TIERS.index)
    same = [finding for finding in findings if finding.tier == tier]
    return sorted(same, key=lambda finding: (-finding.matched_bytes, -finding.score))
