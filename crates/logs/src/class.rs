//! What a model wrote a text as.

use serde::{Deserialize, Serialize};

/// What a model wrote a text as. An index keeps it with each author, by name and by number: neither ever changes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Class {
    /// A whole file (`Write`, `*** Add File`, `cat > f <<EOF`).
    #[default]
    File = 0,
    /// The new text of an edit, or the added lines of a patch.
    Edit = 1,
    /// The source of a notebook cell.
    Notebook = 2,
    /// Code in a shell command, or a script for a browser, that is not a file of its own.
    Shell = 3,
    /// A text argument of a tool that this build does not know.
    Tool = 4,
    /// What the model asked another model to do.
    Prompt = 5,
    /// A plan or a list of things to do.
    Plan = 6,
    /// What the model thought before it answered.
    Reasoning = 7,
    /// The model's answers, outside of code fences.
    Prose = 8,
    /// A code fence in the model's answers.
    Fence = 9,
    /// The message of a commit, or the title or text of a pull request, an issue or a review.
    Message = 10,
}

impl Class {
    /// All classes, by number.
    pub const ALL: [Self; 11] = [
        Self::File,
        Self::Edit,
        Self::Notebook,
        Self::Shell,
        Self::Tool,
        Self::Prompt,
        Self::Plan,
        Self::Reasoning,
        Self::Prose,
        Self::Fence,
        Self::Message,
    ];

    /// The name used in the index, in findings, and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Edit => "edit",
            Self::Notebook => "notebook",
            Self::Shell => "shell",
            Self::Tool => "tool",
            Self::Prompt => "prompt",
            Self::Plan => "plan",
            Self::Reasoning => "reasoning",
            Self::Prose => "prose",
            Self::Fence => "fence",
            Self::Message => "message",
        }
    }

    /// The class of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_known_by_its_name_and_by_its_number() {
        for (number, class) in (0..).zip(Class::ALL) {
            assert_eq!(class as u8, number);
            assert_eq!(Class::from_name(class.name()), Some(class));
            assert_eq!(serde_json::to_string(&class).unwrap(), format!("\"{}\"", class.name()));
        }
        assert_eq!(Class::from_name("heredoc"), None);
    }
}
