"""Containers that a text arrives in (T6): each takes a `Piece` and gives the `Piece` of the whole record.

They escape as the usual programs do; nothing here is read back, so a record is made by concatenation and the planted
ranges follow by themselves.
"""

import html
import json
from random import Random

from .lexer import comment_leader
from .piece import Piece, join


def _json_escape(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def json_string(piece: Piece, path: str, rng: Random) -> Piece:
    """The text as a string in a JSON object, as in an API log or a tool call."""
    head = '{"role": "tool", "path": ' + json.dumps(path, ensure_ascii=False) + ', "content": "'
    return Piece.human(head) + piece.map_parts(_json_escape) + Piece.human('"}\n')


def notebook(piece: Piece, path: str, rng: Random) -> Piece:
    """A Jupyter notebook with the text as the source of one cell, one string a line."""
    lines = piece.lines()
    source = []
    for i, line in enumerate(lines):
        last = i + 1 == len(lines)
        source.append(Piece.human('    "') + line.map_parts(_json_escape) + Piece.human('"\n' if last else '",\n'))
    # The quotes and commas between two planted lines are layout of the container; label the run as one.
    inside = join(source)
    if inside.planted:
        inside = Piece(inside.text, _bridged(inside, limit=10))
    head = ('{\n "cells": [\n  {\n   "cell_type": "markdown",\n   "metadata": {},\n   "source": ["# Notes\\n"]\n  },\n'
            '  {\n   "cell_type": "code",\n   "execution_count": 3,\n   "metadata": {},\n   "outputs": [],\n   "source": [\n')
    tail = '   ]\n  }\n ],\n "metadata": {},\n "nbformat": 4,\n "nbformat_minor": 5\n}\n'
    return Piece.human(head) + inside + Piece.human(tail)


def _bridged(piece: Piece, limit: int) -> tuple[tuple[int, int], ...]:
    """Planted ranges with gaps of at most `limit` characters closed."""
    ranges = [list(piece.planted[0])]
    for start, end in piece.planted[1:]:
        if start - ranges[-1][1] <= limit:
            ranges[-1][1] = end
        else:
            ranges.append([start, end])
    return tuple((start, end) for start, end in ranges)


def markdown_fence(piece: Piece, path: str, rng: Random) -> Piece:
    """A fenced block in a page of prose."""
    language = path.rpartition(".")[2]
    head = f"## Step {rng.randrange(2, 9)}\n\nPut this into `{path.rpartition('/')[2]}`:\n\n````{language}\n"
    return Piece.human(head) + ended(piece) + Piece.human("````\n\nThen run it again.\n")


def unified_diff(piece: Piece, path: str, rng: Random) -> Piece:
    """A commit that adds the file."""
    lines = [prefixed(line, "+") for line in ended(piece).lines()]
    head = (f"diff --git a/{path} b/{path}\nnew file mode 100644\nindex 0000000..{rng.getrandbits(28):07x}\n"
            f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n")
    return Piece.human(head) + join(lines)


def document(piece: Piece, path: str, rng: Random) -> Piece:
    """A page of Markdown with the text as one of its sections."""
    head = f"# Notes of week {rng.randrange(1, 53)}\n\nWhat was said at the table, as far as it was written down.\n\n## Minutes\n\n"
    return Piece.human(head) + ended(piece) + Piece.human("\n## Next\n\nThe same table, a week from now.\n")


def html_page(piece: Piece, path: str, rng: Random) -> Piece:
    """A page of HTML: a paragraph a line, escaped."""
    def paragraph(line: Piece) -> Piece:
        return Piece.human("<p>") + line.map_parts(lambda text: html.escape(text.rstrip("\n"))) + Piece.human("</p>\n")

    lines = [paragraph(line) for line in ended(piece).lines() if line.text.strip()]
    return Piece.human("<!DOCTYPE html>\n<title>Notes</title>\n<body>\n") + join(lines) + Piece.human("</body>\n")


def mail_quote(piece: Piece, path: str, rng: Random) -> Piece:
    """An answer to a mail, above which the text is quoted."""
    lines = [prefixed(line, "> ") for line in ended(piece).lines()]
    return Piece.human("On Tuesday somebody wrote:\n") + join(lines) + Piece.human("\nThat is what I think, too.\n")


def commit_message(piece: Piece, path: str, rng: Random) -> Piece:
    """A commit as `git log` prints it."""
    lines = [prefixed(line, "    ") for line in ended(piece).lines()]
    head = f"commit {rng.getrandbits(160):040x}\nAuthor: Mara <mara@example.org>\nDate:   Tue Mar 3 10:00:00 2026 +0000\n\n"
    return Piece.human(head) + join(lines)


def review_comment(piece: Piece, path: str, rng: Random) -> Piece:
    """A comment on a change as a forge's API gives it: JSON, with the lines that it is about and line ends of the web."""
    line = rng.randrange(20, 400)
    hunk = f"@@ -{line},3 +{line},4 @@\n     opened = True\n+    closed = False\n"
    head = {"id": rng.getrandbits(32), "path": path, "line": line + 1, "diff_hunk": hunk, "user": {"login": "mara"}}
    body = ended(piece).map_parts(lambda text: _json_escape(text.replace("\n", "\r\n")))
    return Piece.human(json.dumps(head)[:-1] + ', "body": "') + body + Piece.human('", "side": "RIGHT"}\n')


def html_escaped(piece: Piece, path: str, rng: Random) -> Piece:
    """A page that shows the text in `<pre>`, escaped."""
    body = piece.map_parts(lambda text: html.escape(text, quote=True))
    return Piece.human("<!DOCTYPE html>\n<title>Source</title>\n<pre>") + body + Piece.human("</pre>\n")


def highlighted_html(piece: Piece, path: str, rng: Random) -> Piece | None:
    """The text as Pygments colours it; None where Pygments is not installed or knows no lexer for the file."""
    try:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import get_lexer_for_filename
        from pygments.util import ClassNotFound
    except ImportError:
        return None
    try:
        lexer = get_lexer_for_filename(path.rpartition("/")[2], stripnl=False)
    except ClassNotFound:
        return None
    body = highlight(piece.text, lexer, HtmlFormatter(nowrap=True))
    head = '<!DOCTYPE html>\n<body><div class="highlight"><pre><span></span>'
    return Piece.human(head) + Piece.whole(body) + Piece.human("</pre></div></body>\n")


def line_numbers(piece: Piece, path: str, rng: Random) -> Piece:
    """As `cat -n` prints it."""
    return join([prefixed(line, f"{i:6d}\t") for i, line in enumerate(piece.lines(), 1)])


def commented_out(piece: Piece, path: str, rng: Random) -> Piece:
    """Each line behind a comment leader."""
    leader = comment_leader(path) + " "
    return join([prefixed(line, leader) for line in piece.lines()])


def prefixed(line: Piece, prefix: str) -> Piece:
    """A line behind a prefix, which counts as planted where the line is."""
    head = Piece.whole(prefix) if line.planted and line.planted[0][0] == 0 else Piece.human(prefix)
    return head + line


def ended(piece: Piece) -> Piece:
    """With a newline at the end."""
    return piece if piece.text.endswith("\n") else piece + Piece.whole("\n")
