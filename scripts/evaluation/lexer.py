"""A rough lexer, enough to rename identifiers and to strip comments in the languages of the logs.

It knows two families, by how comments begin; anything else (prose, data, mark-up) has no family and is never
renamed or stripped. It never fails: what it does not know is punctuation, and joined tokens give the text back.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

FAMILIES = {
    **dict.fromkeys((".py", ".pyi", ".sh", ".bash", ".rb"), "hash"),
    **dict.fromkeys((".go", ".rs", ".c", ".h", ".cc", ".cpp", ".hpp", ".java", ".cs", ".kt", ".swift", ".scala"), "slash"),
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".php", ".dart"), "slash-quotes"),
}

# Kept by every renaming: words of the languages and names that no refactoring would change.
KEYWORDS = frozenset("""
abstract and any append as assert async await bool boolean break byte case catch chan char class cmp const continue crate
def default defer del delete do double dyn elif else enum err error except export extends extern fallthrough False false
final finally float float32 float64 fn for from func function global go goto if impl implements import in instanceof int
int16 int32 int64 int8 interface internal is lambda len let long loop make map match mod module move mut namespace new nil
None nonlocal not null object of or override package panic pass private protected pub public raise range readonly ref rune
return select self Self short signed sizeof static str string struct super switch template this throw throws trait True
true try type typedef typeof uint uint16 uint32 uint64 uint8 undefined union unsafe unsigned use using var virtual void
volatile where while with yield
""".split())

_WORD = r"(?P<word>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<space>\s+)|(?P<punct>.)"
_DOUBLE = r'"(?:\\.|[^"\\\n])*"'
_SINGLE = r"'(?:\\.|[^'\\\n])*'"
_CHAR = r"'(?:\\[^'\n]{1,10}|[^'\\\n])'"  # so that a Rust lifetime is no string
_BACKTICK = r"`(?:\\.|[^`\\])*`"
_TRIPLE = r'[rbfuRBFU]{0,2}(?:"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\')'
_SLASH_COMMENT = r"(?P<comment>//[^\n]*|/\*.*?\*/)"

_PATTERNS = {
    "hash": re.compile(rf"(?P<comment>#[^\n]*)|(?P<string>{_TRIPLE}|{_DOUBLE}|{_SINGLE})|{_WORD}", re.DOTALL),
    "slash": re.compile(rf"{_SLASH_COMMENT}|(?P<string>{_DOUBLE}|{_CHAR}|{_BACKTICK})|{_WORD}", re.DOTALL),
    "slash-quotes": re.compile(rf"{_SLASH_COMMENT}|(?P<string>{_DOUBLE}|{_SINGLE}|{_BACKTICK})|{_WORD}", re.DOTALL),
}


@dataclass(frozen=True)
class Token:
    """A piece of text; `kind` is word, number, string, comment, space or punct."""

    kind: str
    text: str


def family_of(path: str) -> str | None:
    """The family of a file name, or None where the lexer has nothing to say."""
    return FAMILIES.get(PurePosixPath(path).suffix.lower())


def comment_leader(path: str) -> str:
    """What begins a line comment in this file; `#` where the language is unknown."""
    family = family_of(path)
    return "//" if family and family.startswith("slash") else "#"


def tokens(text: str, family: str) -> list[Token]:
    """All of `text`, cut in tokens."""
    return [Token(match.lastgroup or "punct", match.group()) for match in _PATTERNS[family].finditer(text)]


def is_docstring(before: str, token: Token) -> bool:
    """Whether a string stands alone at the start of a line, as Python's docstrings do. `before`: the text before it."""
    quoted = token.text.lstrip("rbfuRBFU")
    return quoted[:3] in ('"""', "'''") and not before.rpartition("\n")[2].strip()
