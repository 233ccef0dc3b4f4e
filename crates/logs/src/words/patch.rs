//! The patch language of `apply_patch`, read leniently, and the unified diffs that report what it
//! did.
//!
//! Context and removed lines are the model's recollection of the file: read text. What it wrote are
//! the added lines.

use crate::class::Class;
use crate::words::draft::{Draft, Extracted};

const BEGIN: &str = "*** Begin Patch";
const END: &str = "*** End Patch";

/// Whether a text holds a patch.
pub(crate) fn holds_patch(text: &str) -> bool {
    text.contains(BEGIN)
}

/// Extracts all patches in `text`, each file a draft; what stands before, between and after them is
/// passed over.
pub(crate) fn extract_patches(text: &str, extracted: &mut Extracted) {
    let mut files: Vec<Draft> = Vec::new();
    let mut in_patch = false;
    let mut in_file = false;
    for line in text.lines() {
        // A marked line is never a marker: patches of patches exist.
        let marker = if line.starts_with(['+', '-']) { "" } else { line.trim() };
        if marker.ends_with(BEGIN) || marker.starts_with(END) {
            in_patch = marker.ends_with(BEGIN);
            in_file = false;
        } else if let Some(file) = opened_file(marker).filter(|_| in_patch) {
            files.push(file);
            in_file = true;
        } else if let Some(file) = files.last_mut().filter(|_| in_file) {
            read_line(file, line, &mut extracted.quoted);
        }
    }
    for file in files {
        extracted.push(file);
    }
}

/// The draft of the file that a marker names.
fn opened_file(marker: &str) -> Option<Draft> {
    let rest = marker.strip_prefix("*** ")?;
    let (class, path) = if let Some(path) = rest.strip_prefix("Add File:") {
        (Class::File, path)
    } else {
        let path = rest.strip_prefix("Update File:").or_else(|| rest.strip_prefix("Delete File:"));
        (Class::Edit, path?)
    };
    Some(Draft::new(class, Some(path.trim().to_owned())))
}

fn read_line(file: &mut Draft, line: &str, quoted: &mut String) {
    if let Some(path) = line.trim().strip_prefix("*** Move to:") {
        file.file_path = Some(path.trim().to_owned());
    } else if let Some(added) = line.strip_prefix('+') {
        file.push_line(added);
    } else if let Some(removed) = line.strip_prefix('-') {
        // What is added on both sides of a removed line is adjacent in the file.
        push_quoted(quoted, removed);
    } else if file.class == Class::File {
        // A new file has no context; blank lines without a mark are forgiven.
    } else {
        file.end_run();
        if let Some(context) = line.strip_prefix(' ').or_else(|| line.strip_prefix("@@ ")) {
            push_quoted(quoted, context);
        }
    }
}

fn push_quoted(quoted: &mut String, line: &str) {
    quoted.push_str(line);
    quoted.push('\n');
}

/// Extracts the unified diff of one file.
pub(crate) fn extract_diff(diff: &str, file_path: String, extracted: &mut Extracted) {
    let mut added = Draft::new(Class::Edit, Some(file_path));
    let mut in_hunk = false;
    for line in diff.lines() {
        if line.starts_with("@@") {
            in_hunk = true;
            added.end_run();
        } else if !in_hunk && (line.starts_with("+++ ") || line.starts_with("--- ")) {
            added.end_run();
        } else if let Some(line) = line.strip_prefix('+') {
            added.push_line(line);
        } else {
            if let Some(line) = line.strip_prefix(['-', ' ']) {
                push_quoted(&mut extracted.quoted, line);
            }
            if !line.starts_with(['-', '\\']) {
                added.end_run();
            }
        }
    }
    extracted.push(added);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row: class, path, added text; and what all files quote.
    #[track_caller]
    fn check(text: &str, expected: &[(Class, &str, &str)], quoted: &str) {
        let mut extracted = Extracted::default();
        extract_patches(text, &mut extracted);
        let drafts = extracted.drafts.iter();
        let actual: Vec<_> = drafts
            .map(|file| (file.class, file.file_path.as_deref().unwrap(), file.text.as_str()))
            .collect();
        assert_eq!(expected, actual);
        assert_eq!(quoted, extracted.quoted);
    }

    #[test]
    fn a_patch_of_three_files_is_read() {
        check(
            "*** Begin Patch\n*** Add File: a.py\n+x\n+\n+y\n*** Update File: b.py\n*** Move to: c.py\n@@ def f\n p\n-q\n+r\n s\n+t\n*** End of File\n*** Delete File: d.py\n*** End Patch\n",
            &[(Class::File, "a.py", "x\n\ny\n"), (Class::Edit, "c.py", "r\n\nt\n")],
            "def f\np\nq\ns\n",
        );
    }

    #[test]
    fn removed_lines_do_not_part_what_is_added_around_them() {
        check(
            "*** Begin Patch\n*** Update File: a\n+x\n-y\n+z\n*** End Patch",
            &[(Class::Edit, "a", "x\nz\n")],
            "y\n",
        );
    }

    #[test]
    fn leniency_covers_markers_wrappers_and_a_missing_end() {
        check(
            "<<'EOF'\n  *** Begin Patch  \n *** Add File:  a b.txt \n+x\n\n+y\n",
            &[(Class::File, "a b.txt", "x\ny\n")],
            "",
        );
        check("+x\n*** Add File: a\n+y\n", &[], "");
        check(
            "*** Begin Patch\n*** Add File: a\n+*** Begin Patch\n+*** End Patch\n*** End Patch",
            &[(Class::File, "a", "*** Begin Patch\n*** End Patch\n")],
            "",
        );
        check("*** Begin Patch\n+x\n*** End Patch", &[], "");
        check(
            "*** Begin Patch\r\n*** Add File: a\r\n+x\r\n*** End Patch\r\n",
            &[(Class::File, "a", "x\n")],
            "",
        );
    }

    #[test]
    fn a_diff_yields_runs_parted_by_context_and_hunks() {
        let mut extracted = Extracted::default();
        let diff = "--- a\n+++ b\n@@ -1 +1 @@\n x\n-y\n+z\n++++ w\n@@ -9 +9 @@\n+v\n\\ No newline";
        extract_diff(diff, "b".to_owned(), &mut extracted);
        assert_eq!("z\n+++ w\n\nv\n", extracted.drafts[0].text);
        assert_eq!(vec![0..8, 9..11], extracted.drafts[0].spans);
        assert_eq!("x\ny\n", extracted.quoted);
    }
}
