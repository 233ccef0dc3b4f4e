//! Words of a simple command: its program, and where it writes.

/// Words with quotes undone; `>` and `|` are words of their own.
pub(crate) struct Words(Vec<String>);

/// Splits a piece of a command; stops at the end of the command (`;` or `&`).
pub(crate) fn words_of(text: &str) -> Words {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match (char, quote) {
            ('\\', None | Some('"')) => word.extend(chars.next().filter(|next| *next != '\n')),
            (_, Some(open)) if char == open => quote = None,
            ('\'' | '"', None) => quote = Some(char),
            (';', None) => break,
            ('&', None) if chars.peek() == Some(&'&') => break,
            ('>' | '|', None) => {
                // A descriptor before `>` belongs to it: errors are not the file.
                let mark = if char == '>' && matches!(word.as_str(), "2" | "3") {
                    "2>"
                } else if char == '>' {
                    ">"
                } else {
                    "|"
                };
                if mark == "2>" || word == "1" {
                    word.clear();
                }
                end_word(&mut words, &mut word);
                if words.last().is_none_or(|last| last != mark) {
                    words.push(mark.to_owned());
                }
            }
            (_, None) if char.is_whitespace() => end_word(&mut words, &mut word),
            _ => word.push(char),
        }
    }
    end_word(&mut words, &mut word);
    Words(words)
}

fn end_word(words: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

/// The word that closes a heredoc, quotes undone, and its length as written; empty where none stands there.
pub(crate) fn closing_word(rest: &str) -> (String, usize) {
    let rest = rest.split('\n').next().unwrap_or_default();
    let mut word = String::new();
    let mut at = 0;
    while let Some(char) = rest[at..].chars().next() {
        match char {
            '\'' | '"' => {
                let inner = &rest[at + 1..];
                let Some(len) = inner.find(char) else {
                    return (String::new(), at + 1);
                };
                word.push_str(&inner[..len]);
                at += len + 1;
            }
            '\\' => {}
            _ if char.is_alphanumeric()
                || matches!(char, '_' | '-' | '.' | '!' | '@' | '%' | '+' | ':') =>
            {
                word.push(char);
            }
            _ => break,
        }
        at += char.len_utf8();
    }
    (word, at)
}

impl Words {
    fn program(&self) -> Option<&str> {
        self.0.iter().map(String::as_str).find(|word| {
            !(matches!(
                *word,
                "sudo" | "command" | "env" | "time" | "if" | "then" | "do" | "!" | "{"
            ) || word.contains('='))
        })
    }

    /// Whether the command takes a message for people.
    pub(crate) fn is_message(&self) -> bool {
        match self.program() {
            Some("git") => self.0.iter().any(|word| {
                matches!(word.as_str(), "commit" | "tag" | "notes" | "merge" | "stash")
            }),
            Some("gh" | "glab" | "hg" | "jj" | "svn") => true,
            _ => false,
        }
    }

    /// The file that a heredoc is written to, by the words before and after it.
    pub(crate) fn target(&self, after: &Self) -> Option<String> {
        let all: Vec<&str> = self.0.iter().chain(&after.0).map(String::as_str).collect();
        let behind =
            |mark: &str| all.iter().position(|word| *word == mark).and_then(|at| all.get(at + 1));
        let teed = all.iter().position(|word| *word == "tee").and_then(|at| {
            let starts_command = at == 0 || matches!(all[at - 1], "|" | "sudo");
            all[at + 1..].iter().find(|word| !word.starts_with('-')).filter(|_| starts_command)
        });
        let path = match self.program() {
            Some("cat") => behind(">").or(teed),
            _ => teed,
        }?;
        let is_file = !matches!(*path, ">" | "|" | "2>")
            && !path.starts_with("/dev/")
            && !path.starts_with('&');
        is_file.then(|| (*path).to_owned())
    }
}
