"""The classes of the evaluation: which transformation, on how much of a passage, in what surroundings.

Unless a class says otherwise the passage is alone in its record. A recipe makes one record from one passage, or None
where the passage cannot show the class (a stylesheet has no functions to reorder).
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from . import containers, formatters, rewrite
from .formatters import Formatted
from .humans import Hosts
from .passages import LONG_LINES, Passage
from .piece import Piece, join

# An excerpt comes from a passage of at least so many lines.
EXCERPT_SOURCE_LINES = 20
# Few passages have comments, so shorter ones will do where comments are stripped.
COMMENTED_LINES = 20
# Prose is written in short pieces.
PROSE_LINES = 6
# Whole short outputs: class name to the shortest and longest that count.
SHORT = {3: (2, 3), 5: (4, 5), 10: (8, 10), 20: (16, 20)}


@dataclass(frozen=True)
class Draw:
    """What a recipe may use. `part`: the lines of the passage drawn for its `turn`-th record; `hosts`: human files."""

    passage: Passage
    part: str
    turn: int
    hosts: Hosts
    formatted: Formatted
    rng: Random


Recipe = Callable[[Draw], list[Piece] | None]


@dataclass(frozen=True)
class Class:
    """`lines`: how much of a passage is drawn; 0 is the whole, or on reuse a random part of at least `least` lines.

    `short`: fewest and most lines of a passage that is planted whole and as it is.
    """

    name: str
    title: str
    recipe: Recipe
    lines: int = 0
    least: int = LONG_LINES
    short: tuple[int, int] | None = None
    # Of prose; the other classes are of code.
    prose: bool = False
    # Needs formatters or Pygments, which the small version goes without.
    tools: bool = False


def alone(change: Callable[[str, str, Random], str | None]) -> Recipe:
    """The changed part is the record."""
    def recipe(draw: Draw) -> list[Piece] | None:
        text = change(draw.part, draw.passage.path, draw.rng)
        return None if text is None or not text.strip() else [Piece.whole(text)]
    return recipe


def chain(*changes):
    """One change after the other; None as soon as one has nothing to change."""
    def apply(text: str, path: str, rng: Random) -> str | None:
        for change in changes:
            text = change(text, path, rng)
            if text is None:
                return None
        return text
    return apply


def contained(container: Callable[[Piece, str, Random], Piece | None]) -> Recipe:
    """The part in a container."""
    def recipe(draw: Draw) -> list[Piece] | None:
        piece = container(Piece.whole(draw.part), draw.passage.path, draw.rng)
        return None if piece is None else [piece]
    return recipe


def inside_human(change=None, container=None) -> Recipe:
    """The part, perhaps changed, at a random line of a human file; the whole perhaps in a container."""
    def recipe(draw: Draw) -> list[Piece] | None:
        text = change(draw.part, draw.passage.path, draw.rng) if change else draw.part
        if text is None or not text.strip():
            return None
        lines = draw.hosts.draw(draw.rng)
        at = draw.rng.randrange(len(lines) + 1)
        whole = Piece.human("".join(lines[:at])) + containers.ended(Piece.whole(text)) + Piece.human("".join(lines[at:]))
        return [container(whole, draw.passage.path, draw.rng) if container else whole]
    return recipe


def formatted(draw: Draw) -> list[Piece] | None:
    """T1a. What the formatter made of the passage, then of random parts of it; `draw.part` plays no role."""
    texts = draw.formatted.get(draw.passage.passage_id, [])
    return [Piece.whole(texts[draw.turn])] if draw.turn < len(texts) else None


def split_in_two(draw: Draw) -> list[Piece] | None:
    """T8e. Two neighbouring records."""
    lines = draw.part.splitlines(keepends=True)
    middle = len(lines) // 2
    return [Piece.whole("".join(lines[:middle])), Piece.whole("".join(lines[middle:]))]


def interleaved(draw: Draw) -> list[Piece] | None:
    """T9. Six lines of the passage, six of a human file, and so on."""
    model, human = draw.part.splitlines(keepends=True), draw.hosts.draw(draw.rng)
    pieces = []
    for i in range(0, len(model), 6):
        pieces += [Piece.whole("".join(model[i:i + 6])), Piece.human("".join(human[i:i + 6]))]
    return [join(pieces)]


def _verbatim(text: str, path: str, rng: Random) -> str:
    return text


CLASSES = [
    Class("T0", "verbatim", alone(_verbatim)),
    Class("T1a", "formatter (black, prettier)", formatted, least=formatters.LINES_MIN, tools=True),
    Class("T1b", "re-flowed", alone(rewrite.reflow)),
    Class("T1c", "re-indented", alone(rewrite.reindent)),
    Class("T2", "comments and docstrings stripped", alone(rewrite.strip_comments), least=COMMENTED_LINES),
    Class("T3-40", "identifiers renamed, 40 %", alone(rewrite.rename(0.4))),
    Class("T3-100", "identifiers renamed, all", alone(rewrite.rename(1.0))),
    Class("T4-10", "10 lines in a human file", inside_human(), lines=10),
    Class("T4-20", "20 lines in a human file", inside_human(), lines=20),
    Class("T4-40", "40 lines in a human file", inside_human(), lines=40),
    Class("T5-5", "lines edited, 5 %", alone(rewrite.edit(0.05))),
    Class("T5-10", "lines edited, 10 %", alone(rewrite.edit(0.10))),
    Class("T5-20", "lines edited, 20 %", alone(rewrite.edit(0.20))),
    Class("T6-notebook", "in a notebook", contained(containers.notebook)),
    Class("T6-json", "in a JSON string", contained(containers.json_string)),
    Class("T6-fence", "in a Markdown fence", contained(containers.markdown_fence)),
    Class("T6-diff", "as a unified diff", contained(containers.unified_diff)),
    Class("T6-html", "HTML-escaped", contained(containers.html_escaped)),
    Class("T6-highlight", "highlighted HTML", contained(containers.highlighted_html), tools=True),
    Class("T6-numbers", "with line numbers", contained(containers.line_numbers)),
    Class("T6-comment", "commented out", contained(containers.commented_out)),
    Class("T7", "functions reordered", alone(rewrite.reorder)),
    Class("T8a", "20 lines, re-indented, in a human file in JSON",
          inside_human(rewrite.reindent, containers.json_string), lines=20),
    Class("T8b", "renamed 40 %, edited 10 %", alone(chain(rewrite.rename(0.4), rewrite.edit(0.1)))),
    Class("T8c", "40 lines, comments stripped, edited 5 %, in a human file",
          inside_human(chain(rewrite.strip_comments, rewrite.edit(0.05))), lines=40),
    Class("T8d", "renamed all, comments stripped, re-indented",
          alone(chain(rewrite.rename(1.0), rewrite.strip_comments, rewrite.reindent)), least=COMMENTED_LINES),
    Class("T8e", "split over two neighbouring records", split_in_two),
    Class("T9", "interleaved with human lines, 6 by 6", interleaved),
    Class("P0", "prose in a document", contained(containers.document), least=PROSE_LINES, prose=True),
    Class("P1", "prose, lines edited, 10 %", alone(rewrite.edit(0.10)), least=PROSE_LINES, prose=True),
    Class("P2", "prose, lists with other marks", alone(rewrite.relist), least=PROSE_LINES, prose=True),
    Class("P3", "prose as HTML", contained(containers.html_page), least=PROSE_LINES, prose=True),
    Class("P4", "prose quoted in a mail", contained(containers.mail_quote), least=PROSE_LINES, prose=True),
    Class("P5", "prose as the message of a commit", contained(containers.commit_message), least=PROSE_LINES, prose=True),
    Class("P6", "prose as the comment of a review, in JSON", contained(containers.review_comment), least=PROSE_LINES, prose=True),
    *(Class(f"S{n}", f"whole output of {low} to {high} lines in a human file", inside_human(), short=(low, high))
      for n, (low, high) in SHORT.items()),
]


def eligible(cls: Class, passages: list[Passage]) -> list[Passage]:
    """Passages of the kind of a class, and long (or short) enough for it."""
    passages = [p for p in passages if p.is_prose == cls.prose]
    if cls.short:
        low, high = cls.short
        return [p for p in passages if low <= sum(1 for line in p.authored if line.strip()) <= high]
    if cls.lines:
        return [p for p in passages if len(p.solid) >= max(cls.lines, EXCERPT_SOURCE_LINES)]
    return [p for p in passages if len(p.solid) >= cls.least]


def draw_part(cls: Class, passage: Passage, turn: int, rng: Random) -> str:
    """The lines of `passage` for its `turn`-th record in this class."""
    if cls.short:
        return "".join(passage.authored)
    if cls.lines:
        return passage.window(cls.lines, rng)
    if turn == 0:
        return "".join(passage.solid)
    return passage.window(rng.randint(cls.least, len(passage.solid)), rng)
