"""What the corpus holds of each language: packages, files and megabytes, told apart by the names of files."""

import os
import re
from pathlib import Path

# Less of a language may be one script of the build.
PACKAGE_LEN_MIN = 10_000
_SUFFIXES = {
    "Python": "py pyi pyx", "JavaScript": "js jsx mjs cjs", "TypeScript": "ts tsx mts", "Go": "go", "Rust": "rs",
    "Java": "java", "Kotlin": "kt kts", "C": "c h", "C++": "cc cpp cxx hh hpp hxx", "C#": "cs", "Ruby": "rb rake gemspec",
    "PHP": "php phtml", "Swift": "swift", "Objective-C": "m mm", "shell": "sh bash zsh", "PowerShell": "ps1 psm1 psd1",
    "SQL": "sql", "HTML": "html htm xhtml", "CSS": "css scss sass less", "YAML": "yaml yml", "JSON": "json",
    "documents": "md markdown rst txt texi",
}
_LANGUAGE_OF = {suffix: language for language, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
LANGUAGES = (*_SUFFIXES, "manuals", "others")
# A template is written in the language that it makes.
_TEMPLATE = re.compile(r"\.(ejs|erb|hbs|in|mustache|template|tmpl|tpl)$", re.IGNORECASE)
_MANUAL = re.compile(r"(^|/)man/.*\.[1-9][a-z]*$")
_SHELL = re.compile(rb"#!\s*\S*(/|\benv )(ba|da|k|z)?sh\b")


def language_of(path: str, head: bytes) -> str:
    """The language of the file at `path` that begins with `head`."""
    if _MANUAL.search(path):
        return "manuals"
    suffix = os.path.splitext(_TEMPLATE.sub("", path))[1][1:].lower()
    if suffix in _LANGUAGE_OF:
        return _LANGUAGE_OF[suffix]
    return "shell" if _SHELL.match(head) or "/completions/" in path else "others"


def measure(package: Path) -> dict[str, tuple[int, int]]:
    """Files and bytes below `package` by language."""
    found: dict[str, tuple[int, int]] = {}
    for root, _, names in os.walk(package):
        for name in names:
            file = Path(root, name)
            with open(file, "rb") as opened:
                head = opened.read(80)
            language = language_of(file.relative_to(package).as_posix(), head)
            files, size = found.get(language, (0, 0))
            found[language] = (files + 1, size + file.stat().st_size)
    return found


def table(corpus: Path, packages: list[str]) -> str:
    """A line for each language: packages with enough of it, files and megabytes."""
    lines = [f"{'language':12} {'packages':>8} {'files':>7} {'MB':>7}"]
    measured = [measure(corpus / package) for package in packages]
    for language in LANGUAGES:
        of_language = [found[language] for found in measured if language in found]
        count = sum(size >= PACKAGE_LEN_MIN for _, size in of_language)
        files, size = sum(files for files, _ in of_language), sum(size for _, size in of_language)
        lines.append(f"{language:12} {count:8} {files:7} {size / 1e6:7.1f}")
    return "\n".join(lines)
