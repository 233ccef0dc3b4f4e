//! A command of a shell as words.

/// A program and its arguments, or what stands behind a heredoc's closing word: words with quotes
/// undone, where `>` and `|` are words of their own.
pub(crate) struct CommandWords(pub(crate) Vec<String>);

/// Splits the command that `text` begins with; it ends at `;` or `&&`.
pub(crate) fn command_words(text: &str) -> CommandWords {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match (char, quote) {
            ('\\', None) => word.extend(chars.next().filter(|next| *next != '\n')),
            ('\\', Some('"')) => match chars.next() {
                Some('\n') | None => {}
                Some(next @ ('"' | '\\' | '$' | '`')) => word.push(next),
                Some(next) => word.extend(['\\', next]),
            },
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
    CommandWords(words)
}

fn end_word(words: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

impl CommandWords {
    pub(crate) fn program(&self) -> Option<&str> {
        self.0.iter().map(String::as_str).find(|word| {
            !(matches!(
                *word,
                "sudo" | "command" | "env" | "time" | "if" | "then" | "do" | "!" | "{"
            ) || word.contains('='))
        })
    }

    /// What stands behind the flag that announces a script: `-c`, `-lc`, `-Command`, `/c`.
    pub(crate) fn script(&self) -> Option<&str> {
        let is_flag = |word: &str| {
            let lower = word.to_ascii_lowercase();
            let short = lower.strip_prefix('-').unwrap_or_default();
            matches!(lower.as_str(), "-command" | "/c" | "/k")
                || short.len() < 5
                    && short.ends_with('c')
                    && short.bytes().all(|byte| byte.is_ascii_alphabetic())
        };
        let at = self.0.iter().skip(1).position(|word| is_flag(word))?;
        self.0.get(at + 2).map(String::as_str)
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
