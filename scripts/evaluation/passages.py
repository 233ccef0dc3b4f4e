"""Passages of an index, as `seepage index export` prints them, and the half of the evaluation that each is in."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from random import Random

# Spans under this are left out of a long text that is planted: three stray lines are no passage.
SPAN_LINES_MIN = 5
# A passage of at least so many authored lines shows the classes that plant it whole.
LONG_LINES = 40
HALVES = ("tune", "report")
# What models write for people, by the classes of the index.
PROSE_CLASSES = frozenset(("message", "plan", "prompt", "prose", "reasoning"))


@dataclass(frozen=True)
class Passage:
    """One indexed passage. `authored`: the lines that the model wrote, in order, each with its newline."""

    passage_id: str
    session: str
    path: str
    authored: tuple[str, ...]
    # The same without spans under `SPAN_LINES_MIN` lines.
    solid: tuple[str, ...]
    # Text for people: answers, plans, messages of commits; else code.
    is_prose: bool = False

    def window(self, length: int, rng: Random) -> str:
        """`length` neighbouring lines of `solid` at a random place."""
        start = rng.randrange(len(self.solid) - length + 1)
        return "".join(self.solid[start:start + length])


def read_passages(path: Path) -> list[Passage]:
    """Reads the JSON lines of an export; passages without an authored line are left out.

    `spans` are byte offsets in `text`. Raises `ValueError` naming the line that is not as expected.
    """
    passages = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                passage = to_passage(row)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise ValueError(f"`{path}` line {number} is no passage: {error!r}") from error
            if passage.authored:
                passages.append(passage)
    return passages


def to_passage(row: dict) -> Passage:
    """One row of the export. Raises what a row of another shape brings with it; see `read_passages`."""
    text = row["text"].encode("utf-8")
    if any(not 0 <= start <= end <= len(text) for start, end in row["spans"]):
        raise ValueError("a span leaves the text")
    spans = [text[start:end].decode("utf-8").strip("\n") for start, end in row["spans"]]
    spans = [[line + "\n" for line in span.split("\n")] for span in spans if span.strip()]
    flat = tuple(line for span in spans for line in span)
    solid = tuple(line for span in spans if len(span) >= SPAN_LINES_MIN for line in span)
    return Passage(str(row["passage_id"]), row["session_id"], row.get("file_path") or "unnamed.txt", flat, solid,
                   row.get("class") in PROSE_CLASSES)


def split_sessions(passages: list[Passage]) -> dict[str, str]:
    """Maps each session to `tune` or `report`.

    Sessions differ a thousandfold in size, so a bare hash would leave one half nearly empty: they are dealt out from the
    largest down (by long passages, then by authored lines, then by name), each to the half that has less; `report` gets
    the first.
    """
    size: dict[str, tuple[int, int]] = {}
    for passage in passages:
        long, lines = size.get(passage.session, (0, 0))
        size[passage.session] = (long + (len(passage.solid) >= LONG_LINES), lines + len(passage.authored))
    filled = {"report": (0, 0), "tune": (0, 0)}
    halves = {}
    for session in sorted(size, key=lambda name: (-size[name][0], -size[name][1], name)):
        half = min(filled, key=lambda name: filled[name])
        halves[session] = half
        filled[half] = (filled[half][0] + size[session][0], filled[half][1] + size[session][1])
    return halves


def digest(passages: list[Passage]) -> str:
    """SHA-256 over all passages, whatever their order."""
    rows = sorted(json.dumps([p.session, p.path, p.authored]) for p in passages)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


class Owners:
    """Which sessions wrote a text: those whose passages hold nearly all of its lines.

    The same file is often written in several sessions; naming any of them is right.
    """

    SHARE_MIN = 0.9

    def __init__(self, passages: list[Passage]):
        self._sessions: dict[str, set[str]] = {}
        for passage in passages:
            for line in passage.authored:
                self._sessions.setdefault(" ".join(line.split()), set()).add(passage.session)

    def of(self, text: str, session: str) -> list[str]:
        """Sessions, `session` among them, that hold at least `SHARE_MIN` of the lines of `text`."""
        lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
        counts: dict[str, int] = {session: len(lines)}
        for line in lines:
            for owner in self._sessions.get(line, ()):
                if owner != session:
                    counts[owner] = counts.get(owner, 0) + 1
        return sorted(owner for owner, count in counts.items() if count >= self.SHARE_MIN * len(lines))
