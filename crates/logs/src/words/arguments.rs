//! Texts among the arguments of a command: the script of an interpreter, the message of a commit, what is printed into a
//! file, what an editor of streams puts in. All else of a command is plain.

use crate::class::Class;
use crate::words::command::CommandWords;
use crate::words::draft::{Draft, Extracted};

/// Programs that run another one, whose name stands somewhere behind theirs.
const WRAPPERS: [&str; 32] = [
    "!",
    "caffeinate",
    "command",
    "conda",
    "do",
    "docker",
    "doas",
    "else",
    "env",
    "exec",
    "flock",
    "if",
    "kubectl",
    "nice",
    "nohup",
    "npx",
    "parallel",
    "pipenv",
    "pnpm",
    "podman",
    "poetry",
    "ssh",
    "stdbuf",
    "sudo",
    "then",
    "time",
    "timeout",
    "until",
    "uv",
    "watch",
    "while",
    "xargs",
];

/// Programs that take a message for people, and their flags for it.
const MESSAGE_PROGRAMS: [&str; 7] = ["git", "gh", "glab", "hub", "hg", "jj", "svn"];
const MESSAGE_FLAGS: [&str; 12] = [
    "--body",
    "--description",
    "--message",
    "--notes",
    "--subject",
    "--title",
    "-b",
    "-d",
    "-m",
    "-n",
    "-t",
    "-am",
];
/// `gh api -f body=…`: flags of fields, and the fields that hold a message.
const FIELD_FLAGS: [&str; 4] = ["-f", "-F", "--field", "--raw-field"];
const MESSAGE_FIELDS: [&str; 6] =
    ["body", "commit_message", "description", "message", "notes", "title"];

/// Programs that run a script, which one of these flags announces by its last letter.
const INTERPRETERS: [(&str, &str); 18] = [
    ("bun", "ep"),
    ("deno", ""),
    ("duckdb", "c"),
    ("elixir", "e"),
    ("julia", "eE"),
    ("lua", "e"),
    ("mysql", "e"),
    ("node", "ep"),
    ("nodejs", "ep"),
    ("osascript", "e"),
    ("perl", "eE"),
    ("php", "r"),
    ("psql", "c"),
    ("pypy", "c"),
    ("python", "c"),
    ("rscript", "e"),
    ("ruby", "e"),
    ("tsx", "ep"),
];

/// Programs whose arguments say what they look for.
const SEARCHERS: [&str; 8] = ["ag", "egrep", "fgrep", "find", "git-grep", "grep", "rg", "zgrep"];

/// Programs that hand their arguments to a model.
const AGENTS: [&str; 6] = ["claude", "codex", "copilot", "cursor-agent", "gemini", "opencode"];

/// Words from which on an argument of any other program is a text.
const LONG_ARGUMENT_WORDS: usize = 8;

/// Flags of interpreters that a value follows.
const VALUE_FLAGS: [&str; 8] = ["-I", "-M", "-W", "-X", "-d", "-r", "-h", "-U"];

/// What a program does with its arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Program {
    Printer,
    StreamEditor,
    Messenger,
    Searcher,
    Shell,
    /// With the last letters of the flags that announce a script.
    Interpreter(&'static str),
}

impl Program {
    fn of(word: &str) -> Option<Self> {
        let name = word.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        let name = name.strip_suffix(".exe").unwrap_or(&name);
        match name {
            "echo" | "printf" => return Some(Self::Printer),
            "sed" | "gsed" => return Some(Self::StreamEditor),
            "bash" | "sh" | "zsh" | "dash" | "ksh" | "powershell" | "pwsh" | "cmd" => {
                return Some(Self::Shell);
            }
            _ if SEARCHERS.contains(&name) => return Some(Self::Searcher),
            _ if MESSAGE_PROGRAMS.contains(&name) => return Some(Self::Messenger),
            _ => {}
        }
        // python3.12
        let name = name.trim_end_matches(|char: char| char.is_ascii_digit() || char == '.');
        let found = INTERPRETERS.iter().find(|(known, _)| *known == name);
        found.map(|(_, flags)| Self::Interpreter(flags))
    }
}

/// Extracts the texts among the arguments of a command, and gives the scripts that a shell within it gets.
pub(crate) fn argument_texts(words: &CommandWords, extracted: &mut Extracted) -> Vec<String> {
    let mut scripts = Vec::new();
    let mut rest = words.0.as_slice();
    while !rest.is_empty() {
        let (own, behind) = split_at_mark(rest);
        scripts.extend(texts_of_one(own, behind, extracted));
        // What stands behind `>` is a file.
        let next = behind.iter().position(|word| word == "|");
        rest = next.map_or(&[], |next| &behind[next + 1..]);
    }
    scripts
}

/// Likewise of one program, where `behind` is where its output goes.
fn texts_of_one(words: &[String], behind: &[String], extracted: &mut Extracted) -> Vec<String> {
    let Some((at, program)) = known_program(words) else {
        push_long_arguments(words, extracted);
        return vec![];
    };
    let own = &words[at..];
    match program {
        Program::Shell => {
            let script = CommandWords(own.to_vec()).script().map(str::to_owned);
            return script.into_iter().filter(|script| !is_substitution(script)).collect();
        }
        Program::Printer => return printed_text(own, behind, extracted),
        Program::Messenger => {
            if CommandWords(own.to_vec()).is_message() {
                push_text(Class::Message, None, &messages(own).join("\n\n"), extracted);
            }
        }
        Program::StreamEditor => {
            let expressions = expressions(own);
            let path = own.last().filter(|path| !expressions.contains(path));
            if own.iter().any(|word| is_in_place(word)) {
                for expression in expressions {
                    push_replacements(expression, path, extracted);
                }
            }
        }
        Program::Searcher => {}
        Program::Interpreter(flags) => {
            let Some(script) = script_of(own, flags) else { return vec![] };
            let path = own.last().filter(|path| *path != script);
            // perl -pi -e 's/…/…/' file
            let edits = flags.contains('E') && own.iter().any(|word| is_in_place(word));
            if !(edits && push_replacements(script, path, extracted)) {
                push_text(Class::Shell, None, script, extracted);
            }
        }
    }
    vec![]
}

/// Extracts the arguments of a program that is not known that are too long to be plain: the program of `awk`, what another
/// model is asked, a message.
fn push_long_arguments(words: &[String], extracted: &mut Extracted) {
    let is_agent = words.iter().any(|word| AGENTS.contains(&word.as_str()));
    let mut before = "";
    for word in words {
        let text = word.split_once('=').filter(|(flag, _)| flag.starts_with("--"));
        let (flag, text) = text.unwrap_or((before, word));
        if text.split_ascii_whitespace().count() >= LONG_ARGUMENT_WORDS {
            let class = match flag {
                _ if is_agent => Class::Prompt,
                flag if MESSAGE_FLAGS.contains(&flag) => Class::Message,
                _ => Class::Shell,
            };
            push_text(class, None, text, extracted);
        }
        before = word;
    }
}

/// The first program of a command that is known here, where only others that run it stand before it.
fn known_program(words: &[String]) -> Option<(usize, Program)> {
    let mut is_wrapped = false;
    for (at, word) in words.iter().enumerate() {
        if is_mark(word) {
            return None;
        }
        if let Some(program) = Program::of(word) {
            return Some((at, program));
        }
        is_wrapped |= WRAPPERS.contains(&word.as_str());
        if !is_wrapped && !word.contains('=') && word != "{" {
            return None;
        }
    }
    None
}

fn is_mark(word: &str) -> bool {
    matches!(word, ">" | "|" | "2>")
}

/// The words before the first `>` or `|`, and the others.
fn split_at_mark(words: &[String]) -> (&[String], &[String]) {
    words.split_at(words.iter().position(|word| is_mark(word)).unwrap_or(words.len()))
}

/// Whether a word is what another command prints: a heredoc in it is read where it stands.
fn is_substitution(word: &str) -> bool {
    word.starts_with("$(") || word.contains("$(cat <<")
}

fn push_text(class: Class, path: Option<&String>, text: &str, extracted: &mut Extracted) {
    if !is_substitution(text) {
        extracted.push(Draft::whole(class, path.cloned(), text.to_owned()));
    }
}

/// What `echo` or `printf` writes to a file, or hands to a program that takes a text.
fn printed_text(own: &[String], rest: &[String], extracted: &mut Extracted) -> Vec<String> {
    let mut arguments = own[1..].iter().map(String::as_str).peekable();
    let mut text = String::new();
    if own[0].ends_with("printf") {
        let format = arguments.next().unwrap_or_default();
        let only_values = format.replace("%s", "").replace("\\n", "").trim().is_empty();
        if !only_values {
            text.push_str(&unescaped(format));
            text.push('\n');
        }
        text.extend(arguments.flat_map(|argument| [argument, "\n"]));
    } else {
        let mut escapes = false;
        while let Some(flag) =
            arguments.next_if(|word| matches!(*word, "-e" | "-n" | "-ne" | "-en" | "-E"))
        {
            escapes |= flag.contains('e');
        }
        let plain = arguments.collect::<Vec<_>>().join(" ");
        text = if escapes { unescaped(&plain) } else { plain };
        text.push('\n');
    }
    let behind = |mark: &str| rest.iter().position(|word| word == mark).map(|at| &rest[at + 1..]);
    if let Some(piped) = behind("|").filter(|_| rest[0] == "|") {
        let (next, _) = split_at_mark(piped);
        match known_program(next) {
            Some((_, Program::Shell)) => return vec![text],
            Some((_, Program::Interpreter(_))) => push_text(Class::Shell, None, &text, extracted),
            Some((at, Program::Messenger)) if CommandWords(next[at..].to_vec()).is_message() => {
                push_text(Class::Message, None, &text, extracted);
            }
            _ if next.iter().take(2).any(|word| word == "tee") => {
                let path =
                    next.iter().skip(1).find(|word| *word != "tee" && !word.starts_with('-'));
                push_text(Class::File, path, &text, extracted);
            }
            _ => {}
        }
    } else if let Some(path) = behind(">").and_then(<[String]>::first)
        && !path.starts_with("/dev/")
        && !path.starts_with('&')
        && !is_mark(path)
    {
        push_text(Class::File, Some(path), &text, extracted);
    }
    vec![]
}

/// The messages of a command for people.
fn messages(words: &[String]) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let text = if MESSAGE_FLAGS.contains(&word) {
            words.next()
        } else if FIELD_FLAGS.contains(&word) {
            let field = words.next().and_then(|field| field.split_once('='));
            field.filter(|(name, _)| MESSAGE_FIELDS.contains(name)).map(|(_, text)| text)
        } else if let Some((flag, text)) = word.split_once('=') {
            (flag.starts_with("--") && MESSAGE_FLAGS.contains(&flag)).then_some(text)
        } else {
            // -m"text", with no blank before it.
            word.strip_prefix("-m").filter(|text| text.contains(' '))
        };
        found.extend(text.filter(|text| !is_substitution(text)));
    }
    found
}

/// The script that a flag of an interpreter announces, or `eval`.
fn script_of<'w>(words: &'w [String], last_letters: &str) -> Option<&'w String> {
    let mut at = 1;
    loop {
        let word = words.get(at)?;
        let is_cluster = word.starts_with('-') && !word.starts_with("--");
        if matches!(word.as_str(), "eval" | "--eval" | "--print" | "--command" | "--execute")
            || is_cluster && word.len() > 1 && word.ends_with(|last| last_letters.contains(last))
        {
            return words.get(at + 1);
        }
        at += if VALUE_FLAGS.contains(&word.as_str()) { 2 } else { 1 };
        // What follows a module or a file are its own arguments.
        let is_database = last_letters == "c" && words[0].ends_with("sql");
        if word == "-m" || !word.starts_with('-') && !is_database {
            return None;
        }
    }
}

fn is_in_place(word: &str) -> bool {
    word.starts_with("--in-place")
        || word
            .strip_prefix('-')
            .is_some_and(|flags| flags.len() < 6 && flags.contains('i') && !flags.starts_with('-'))
}

/// The expressions of an editor of streams.
fn expressions(words: &[String]) -> Vec<&String> {
    let is_flag = |word: &str| {
        matches!(word, "-e" | "--expression")
            || word.starts_with('-') && word.ends_with('e') && word.len() < 6
    };
    let pairs = words.iter().zip(words.iter().skip(1));
    let announced: Vec<&String> =
        pairs.filter(|(flag, _)| is_flag(flag)).map(|(_, value)| value).collect();
    if !announced.is_empty() {
        return announced;
    }
    words.iter().skip(1).find(|word| !word.starts_with('-')).into_iter().collect()
}

/// Extracts what an expression such as `s/old/new/g` or `3a\` puts into a file. Returns whether there is any.
fn push_replacements(expression: &str, path: Option<&String>, extracted: &mut Extracted) -> bool {
    let mut added = Draft::new(Class::Edit, path.cloned());
    let mut rest = expression;
    loop {
        rest = skip_address(rest);
        let mut chars = rest.chars();
        match chars.next() {
            None => break,
            Some('s') => {
                let Some((old, new, after)) = substitution(chars.as_str()) else { break };
                extracted.quote(old);
                added.end_run();
                unescaped(new).lines().for_each(|line| added.push_line(line));
                rest = after.trim_start_matches(|flag: char| flag.is_ascii_alphanumeric());
            }
            Some('a' | 'i' | 'c') => {
                let text = chars.as_str().trim_start_matches([' ', '\t']);
                let text = text.strip_prefix('\\').unwrap_or(text);
                added.end_run();
                unescaped(text.trim_start_matches('\n'))
                    .lines()
                    .for_each(|line| added.push_line(line));
                rest = "";
            }
            Some(_) => {
                let end = rest.find([';', '\n']).unwrap_or(rest.len());
                rest = &rest[end..];
            }
        }
    }
    let is_any = !added.spans.is_empty();
    extracted.push(added);
    is_any
}

/// What stands behind the lines that a command is for: `12,$`, `/start/,/end/`, with what parts it from the one before.
fn skip_address(expression: &str) -> &str {
    let mut rest = expression;
    loop {
        rest = rest.trim_start_matches(|char: char| {
            char.is_whitespace() || char.is_ascii_digit() || ";{},$!~+".contains(char)
        });
        let Some(pattern) = rest.strip_prefix('/') else { return rest };
        let Some(end) = part_end(pattern, '/') else { return "" };
        rest = &pattern[end + 1..];
    }
}

/// The old and the new text behind an `s`, and what follows.
fn substitution(expression: &str) -> Option<(&str, &str, &str)> {
    let open = expression
        .chars()
        .next()
        .filter(|char| !char.is_alphanumeric() && !char.is_whitespace())?;
    let close = match open {
        '{' => '}',
        '(' => ')',
        '[' => ']',
        other => other,
    };
    let old = &expression[open.len_utf8()..];
    let end = part_end(old, close)?;
    let (old, mut new) = (&old[..end], &old[end + close.len_utf8()..]);
    if open != close {
        new = new.trim_start().strip_prefix(open)?;
    }
    let end = part_end(new, close)?;
    Some((old, &new[..end], &new[end + close.len_utf8()..]))
}

/// Where a part ends: at its mark, unless that is escaped.
fn part_end(text: &str, mark: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, char) in text.char_indices() {
        if char == mark && !is_escaped {
            return Some(at);
        }
        is_escaped = char == '\\' && !is_escaped;
    }
    None
}

/// A text with its escapes undone: `\n` and `\t` are what they stand for, and any other character is itself.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match (char, chars.as_str().chars().next()) {
            ('\\', Some(next)) => {
                chars.next();
                plain.push(match next {
                    'n' => '\n',
                    't' => '\t',
                    other => other,
                });
            }
            _ => plain.push(char),
        }
    }
    plain
}

#[cfg(test)]
mod tests;
