"""Transformations of a passage's own text: layout, comments, names, edits, order (T1, T2, T3, T5, T7).

Each is a function `(text, path, rng) -> str`, or None where it has nothing to change in this text, so that no class
counts untouched text as found in spite of a change.
"""

import re
import textwrap
from random import Random

from .lexer import KEYWORDS, family_of, is_docstring, tokens

_SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
_OPENERS = re.compile(r"^(?:export |pub(?:\([a-z]+\))? |public |private |protected |static |async |default )*"
                      r"(?:func|function|def|class|fn|impl|struct|enum|trait|type|interface|const|var|let|mod|@\w)")


def reflow(text: str, path: str, rng: Random) -> str | None:
    """T1b. Code: joins lines after an opening bracket or a comma, splits long ones there. Prose: wraps anew at 50."""
    if family_of(path) is None:
        paragraphs = re.split(r"(\n\s*\n)", text)
        wrapped = [p if not p.strip() else textwrap.fill(" ".join(p.split()), 50, break_long_words=False,
                                                         break_on_hyphens=False) for p in paragraphs[::2]]
        result = "\n\n".join(wrapped) + "\n"
        return result if result != text else None
    lines, result = text.splitlines(), []
    for line in lines:
        if result and result[-1].rstrip().endswith((",", "(", "[", "{")) and "//" not in result[-1] and rng.random() < 0.6:
            result[-1] = result[-1].rstrip() + " " + line.strip()
        elif len(line) > 60 and ", " in line[40:] and "//" not in line:
            indent = line[:len(line) - len(line.lstrip())]
            cut = line.index(", ", 40) + 1
            result += [line[:cut], indent + "    " + line[cut:].strip()]
        else:
            result.append(line)
    joined = "\n".join(result) + "\n"
    return joined if joined != text else None


def reindent(text: str, path: str, rng: Random) -> str | None:
    """T1c. Changes the unit of indentation and shifts everything by zero to two levels, as moving code does."""
    unit = rng.choice(["  ", "    ", "\t", "   "])
    shift = unit * rng.randrange(3)
    result = []
    for line in text.splitlines():
        body = line.lstrip(" \t")
        width = len(line[:len(line) - len(body)].expandtabs(4))
        result.append(shift + unit * (width // 4) + " " * (width % 4) + body if body else "")
    joined = "\n".join(result) + "\n"
    return joined if joined != text else None


def strip_comments(text: str, path: str, rng: Random) -> str | None:
    """T2. Drops comments and docstrings, and the lines that this leaves empty. Code only."""
    family = family_of(path)
    if family is None:
        return None
    kept, dropped = [], False
    before = ""
    for token in tokens(text, family):
        if token.kind == "comment" or (family == "hash" and token.kind == "string" and is_docstring(before, token)):
            dropped = True
            kept.append("\0")  # marks the line as once commented, so that blank lines of the author stay
        else:
            kept.append(token.text)
        before = (before + token.text)[-400:]
    if not dropped:
        return None
    lines = "".join(kept).split("\n")
    left = [line.replace("\0", "").rstrip() for line in lines if "\0" not in line or line.replace("\0", "").strip()]
    return "\n".join(left)


def rename(share: float):
    """T3. A transformation that renames `share` of the different identifiers, each the same everywhere. Code only."""
    def apply(text: str, path: str, rng: Random) -> str | None:
        family = family_of(path)
        if family is None:
            return None
        cut = tokens(text, family)
        names = sorted({t.text for t in cut if t.kind == "word" and t.text not in KEYWORDS})
        chosen = rng.sample(names, round(len(names) * share))
        if not chosen:
            return None
        new_names = {name: fresh_name(name, rng) for name in chosen}
        return "".join(new_names.get(t.text, t.text) if t.kind == "word" else t.text for t in cut)
    return apply


def fresh_name(old: str, rng: Random) -> str:
    """An invented name in the style of the old one: capital, capitals or snake case stay."""
    def word() -> str:
        return "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 3)))
    if old.isupper() and len(old) > 1:
        return word().upper()
    if "_" in old.strip("_"):
        return f"{word()}_{word()}"
    name = word() + word().capitalize() if re.search(r"[a-z][A-Z]", old) else word()
    return name[0].upper() + name[1:] if old[0].isupper() else name


def edit(share: float):
    """T5. A transformation that edits `share` of the lines that are not blank, at least one.

    Of the edits three in five change a word, one in five drops the line, one in five adds a line after it.
    """
    def apply(text: str, path: str, rng: Random) -> str | None:
        lines = text.splitlines()
        solid = [i for i, line in enumerate(lines) if line.strip()]
        chosen = set(rng.sample(solid, max(1, round(len(solid) * share)))) if solid else set()
        result = []
        for i, line in enumerate(lines):
            result += edit_line(line, rng) if i in chosen else [line]
        return "\n".join(result) + "\n"
    return apply


def edit_line(line: str, rng: Random) -> list[str]:
    """What stands in the place of an edited line."""
    draw = rng.random()
    indent = line[:len(line) - len(line.lstrip())]
    if draw < 0.2:
        return []
    if draw < 0.4:
        return [line, f"{indent}{fresh_name('a', rng)}({fresh_name('a', rng)}, {rng.randrange(100)})"]
    words = list(re.finditer(r"\w+", line))
    if not words:
        return [line + " " + fresh_name("a", rng)]
    word = rng.choice(words)
    new = str(rng.randrange(1000)) if word.group().isdigit() else fresh_name(word.group(), rng)
    return [line[:word.start()] + new + line[word.end():]]


def reorder(text: str, path: str, rng: Random) -> str | None:
    """T7. Shuffles the top-level definitions; those of one indented part where there is one level only. Code only."""
    if family_of(path) is None:
        return None
    blocks = definitions(textwrap.dedent(text))
    head, rest = blocks[0], blocks[1:]
    if len(rest) < 3:
        return None
    order = rest[:]
    for _ in range(8):
        rng.shuffle(order)
        if order != rest:
            break
    ended = [block if block.endswith("\n") else block + "\n" for block in order]
    return head + "".join(ended)


def definitions(text: str) -> list[str]:
    """Cuts a text before each top-level definition and the comment above it; the first part may be empty."""
    blocks, pending = [""], ""
    for line in text.splitlines(keepends=True):
        if _OPENERS.match(line):
            blocks.append(pending + line)
            pending = ""
        elif line.startswith(("//", "#", "/*", " *", "@")):
            pending += line
        else:
            blocks[-1] += pending + line
            pending = ""
    blocks[-1] += pending
    return blocks


# `- `, `* `, `+ `, `1. ` or `1) ` at the start of a line.
_LIST_MARK = re.compile(r"^(\s*)(?:[-*+]|\d+[.)])\s+(?=\S)")


def relist(text: str, path: str, rng: Random) -> str | None:
    """Lists with other marks: bullets become numbers, and numbers bullets; None for a text without a list."""
    lines, marked, number = [], 0, 0
    for line in text.splitlines(keepends=True):
        match = _LIST_MARK.match(line)
        if match is None:
            number = 0 if not line.strip() else number
            lines.append(line)
            continue
        marked, number = marked + 1, number + 1
        is_number = line.lstrip()[0].isdigit()
        mark = "* " if is_number else f"{number}. "
        lines.append(match.group(1) + mark + line[match.end():])
    return "".join(lines) if marked >= 3 else None
