//! The flags that choose what models wrote something as: `--only` and `--without`.

use std::collections::BTreeSet;

use clap::Args;
use seepage_index::Class;

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ClassArguments {
    /// Take only what models wrote as one of these classes, e.g. `file,edit`: file, edit, notebook, shell, tool, prompt, plan,
    /// reasoning, prose, fence, message (repeatable) [default: all]
    #[arg(long, value_name = "CLASS", value_delimiter = ',', value_parser = parse_class, conflicts_with = "without")]
    only: Vec<Class>,
    /// Take what models wrote as any class but these, e.g. `prose,reasoning` (repeatable)
    #[arg(long, value_name = "CLASS", value_delimiter = ',', value_parser = parse_class)]
    without: Vec<Class>,
}

impl ClassArguments {
    /// The classes that were asked for; `None`: all.
    pub(crate) fn chosen(&self) -> Option<BTreeSet<Class>> {
        let chosen = |class: &Class| {
            if self.only.is_empty() {
                !self.without.contains(class)
            } else {
                self.only.contains(class)
            }
        };
        let is_asked = !self.only.is_empty() || !self.without.is_empty();
        is_asked.then(|| Class::ALL.into_iter().filter(chosen).collect())
    }
}

fn parse_class(text: &str) -> Result<Class, String> {
    Class::from_name(text).ok_or_else(|| {
        let names = Class::ALL.map(Class::name).join(", ");
        format!("not a class; the classes are {names}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_classes_are_those_named_or_all_others() {
        let none = ClassArguments::default();
        assert_eq!(none.chosen(), None);
        let only = ClassArguments { only: vec![Class::Edit, Class::File], ..none.clone() };
        assert_eq!(
            only.chosen().unwrap().into_iter().collect::<Vec<_>>(),
            [Class::File, Class::Edit]
        );
        let without = ClassArguments { without: vec![Class::Prose], ..none };
        let chosen = without.chosen().unwrap();
        assert_eq!(chosen.len(), Class::ALL.len() - 1);
        assert!(!chosen.contains(&Class::Prose));
    }

    #[test]
    fn another_name_is_refused_with_all_that_there_are() {
        let error = parse_class("code").unwrap_err();
        assert!(
            error.contains("file, edit, notebook") && error.ends_with("fence, message"),
            "{error}"
        );
    }
}
