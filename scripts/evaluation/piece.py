"""A text, and which parts of it a model wrote.

A transformation takes a `Piece` and gives a `Piece`, so that the label of a record is made by the same code as the
record and cannot drift from it. Ranges count characters here and bytes only in the finished label.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """`planted`: ascending, disjoint, half-open ranges of characters of `text` that come from a passage."""

    text: str
    planted: tuple[tuple[int, int], ...]

    @classmethod
    def whole(cls, text: str) -> "Piece":
        """All of `text` comes from the passage."""
        return cls(text, ((0, len(text)),) if text else ())

    @classmethod
    def human(cls, text: str) -> "Piece":
        """Nothing of `text` does."""
        return cls(text, ())

    def __add__(self, other: "Piece") -> "Piece":
        offset = len(self.text)
        moved = [(start + offset, end + offset) for start, end in other.planted]
        ranges = list(self.planted)
        if ranges and moved and ranges[-1][1] == moved[0][0]:
            moved[0] = (ranges.pop()[0], moved[0][1])
        return Piece(self.text + other.text, tuple(ranges + moved))

    def map_parts(self, change) -> "Piece":
        """Applies `change(str) -> str` to each planted part and to each part between, apart; for escapings."""
        result, at = Piece.human(""), 0
        for start, end in self.planted:
            result += Piece.human(change(self.text[at:start])) + Piece.whole(change(self.text[start:end]))
            at = end
        return result + Piece.human(change(self.text[at:]))

    def lines(self) -> list["Piece"]:
        """One piece a line, each with its newline."""
        result, at, ranges = [], 0, list(self.planted)
        for line in self.text.splitlines(keepends=True):
            end = at + len(line)
            inside = tuple((max(s, at) - at, min(e, end) - at) for s, e in ranges if s < end and e > at)
            result.append(Piece(line, inside))
            at = end
        return result

    def byte_ranges(self) -> list[list[int]]:
        """`planted` in bytes of the UTF-8 text, as labels and findings count them."""
        def offset(characters: int) -> int:
            return len(self.text[:characters].encode("utf-8"))
        return [[offset(start), offset(end)] for start, end in self.planted]


def join(pieces: list[Piece]) -> Piece:
    """All pieces, one after the other."""
    texts, ranges, at = [], [], 0
    for piece in pieces:
        for start, end in piece.planted:
            if ranges and ranges[-1][1] == start + at:
                ranges[-1] = (ranges[-1][0], end + at)
            else:
                ranges.append((start + at, end + at))
        texts.append(piece.text)
        at += len(piece.text)
    return Piece("".join(texts), tuple(ranges))
