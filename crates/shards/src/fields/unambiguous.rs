//! A value that counts only where it stands once.

/// What was met so far. Of two values it cannot be told which one holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Unambiguous<T> {
    #[default]
    Never,
    Only(T),
    /// More than one, or one that is of no use.
    Unclear,
}

impl<T> Unambiguous<T> {
    /// Takes the next value; `None`: it is there, but of no use.
    pub(crate) fn meet(&mut self, value: Option<T>) {
        *self = match (&self, value) {
            (Self::Never, Some(value)) => Self::Only(value),
            _ => Self::Unclear,
        };
    }

    pub(crate) fn into_only(self) -> Option<T> {
        match self {
            Self::Only(value) => Some(value),
            Self::Never | Self::Unclear => None,
        }
    }
}
