//! The patch language of `apply_patch`, read leniently, and the unified diffs that report what it did.
//!
//! Context and removed lines are the model's recollection of the file: read text. What it wrote are the added lines.

use crate::authored::Kind;
use crate::gather::Draft;
use crate::runs::Runs;

const BEGIN: &str = "*** Begin Patch";
const END: &str = "*** End Patch";

/// What a patch does to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Add,
    Update,
    Delete,
}

/// The part of a patch that is about one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FilePatch {
    /// Where the file lies afterwards.
    pub(crate) path: String,
    pub(crate) change: Change,
    pub(crate) added: Runs,
    /// Context and removed lines.
    pub(crate) quoted: String,
}

/// Whether a text holds a patch.
pub(crate) fn holds_patch(text: &str) -> bool {
    text.contains(BEGIN)
}

/// The files of all patches in `text`, in order; what stands before, between and after is passed over.
pub(crate) fn parse_patches(text: &str) -> Vec<FilePatch> {
    let mut files: Vec<FilePatch> = Vec::new();
    let mut inside = false;
    let mut current = false;
    for line in text.lines() {
        // A marked line is never a marker: patches of patches exist.
        let marker = if line.starts_with(['+', '-']) { "" } else { line.trim() };
        if marker.ends_with(BEGIN) || marker.starts_with(END) {
            inside = marker.ends_with(BEGIN);
            current = false;
        } else if let Some((change, path)) = file_marker(marker).filter(|_| inside) {
            files.push(FilePatch {
                path: path.to_owned(),
                change,
                added: Runs::default(),
                quoted: String::new(),
            });
            current = true;
        } else if let Some(file) = files.last_mut().filter(|_| current) {
            read_line(file, line);
        }
    }
    files
}

fn file_marker(marker: &str) -> Option<(Change, &str)> {
    let rest = marker.strip_prefix("*** ")?;
    let (change, path) = if let Some(path) = rest.strip_prefix("Add File:") {
        (Change::Add, path)
    } else if let Some(path) = rest.strip_prefix("Update File:") {
        (Change::Update, path)
    } else {
        (Change::Delete, rest.strip_prefix("Delete File:")?)
    };
    Some((change, path.trim()))
}

fn read_line(file: &mut FilePatch, line: &str) {
    if let Some(path) = line.trim().strip_prefix("*** Move to:") {
        path.trim().clone_into(&mut file.path);
    } else if let Some(added) = line.strip_prefix('+') {
        file.added.push_line(added);
    } else if let Some(removed) = line.strip_prefix('-') {
        // What is added on both sides of a removed line is adjacent in the file.
        push_quoted(file, removed);
    } else if file.change == Change::Add {
        // A new file has no context; blank lines without a mark are forgiven.
    } else {
        file.added.end_run();
        if let Some(context) = line.strip_prefix(' ').or_else(|| line.strip_prefix("@@ ")) {
            push_quoted(file, context);
        }
    }
}

fn push_quoted(file: &mut FilePatch, line: &str) {
    file.quoted.push_str(line);
    file.quoted.push('\n');
}

/// The added lines of a unified diff of one file, and its other lines.
pub(crate) fn parse_diff(diff: &str) -> (Runs, String) {
    let mut added = Runs::default();
    let mut quoted = String::new();
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
                quoted.push_str(line);
                quoted.push('\n');
            }
            if !line.starts_with(['-', '\\']) {
                added.end_run();
            }
        }
    }
    (added, quoted)
}

/// The drafts of all patches in `text`, one a file; appends what the patches quote to `quoted`.
pub(crate) fn patch_drafts(text: &str, call_id: Option<&str>, quoted: &mut String) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for file in parse_patches(text) {
        quoted.push_str(&file.quoted);
        if !file.added.is_empty() {
            drafts.push(Draft {
                kind: if file.change == Change::Add { Kind::File } else { Kind::Patch },
                runs: file.added,
                file_path: Some(file.path),
                call_id: call_id.map(str::to_owned),
            });
        }
    }
    drafts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row: change, path, added text, quoted text.
    #[track_caller]
    fn check(text: &str, expected: &[(Change, &str, &str, &str)]) {
        let files = parse_patches(text);
        let actual: Vec<_> = files
            .iter()
            .map(|file| {
                (file.change, file.path.as_str(), file.added.text.as_str(), file.quoted.as_str())
            })
            .collect();
        assert_eq!(expected, actual);
    }

    #[test]
    fn a_patch_of_three_files_is_read() {
        check(
            "*** Begin Patch\n*** Add File: a.py\n+x\n+\n+y\n*** Update File: b.py\n*** Move to: c.py\n@@ def f\n p\n-q\n+r\n s\n+t\n*** End of File\n*** Delete File: d.py\n*** End Patch\n",
            &[
                (Change::Add, "a.py", "x\n\ny\n", ""),
                (Change::Update, "c.py", "r\n\nt\n", "def f\np\nq\ns\n"),
                (Change::Delete, "d.py", "", ""),
            ],
        );
    }

    #[test]
    fn removed_lines_do_not_part_what_is_added_around_them() {
        check(
            "*** Begin Patch\n*** Update File: a\n+x\n-y\n+z\n*** End Patch",
            &[(Change::Update, "a", "x\nz\n", "y\n")],
        );
    }

    #[test]
    fn leniency_covers_markers_wrappers_and_a_missing_end() {
        check(
            "<<'EOF'\n  *** Begin Patch  \n *** Add File:  a b.txt \n+x\n\n+y\n",
            &[(Change::Add, "a b.txt", "x\ny\n", "")],
        );
        check("+x\n*** Add File: a\n+y\n", &[]);
        check(
            "*** Begin Patch\n*** Add File: a\n+*** Begin Patch\n+*** End Patch\n*** End Patch",
            &[(Change::Add, "a", "*** Begin Patch\n*** End Patch\n", "")],
        );
        check("*** Begin Patch\n+x\n*** End Patch", &[]);
        check(
            "*** Begin Patch\r\n*** Add File: a\r\n+x\r\n*** End Patch\r\n",
            &[(Change::Add, "a", "x\n", "")],
        );
    }

    #[test]
    fn a_diff_yields_runs_parted_by_context_and_hunks() {
        let (added, quoted) = parse_diff(
            "--- a\n+++ b\n@@ -1 +1 @@\n x\n-y\n+z\n++++ w\n@@ -9 +9 @@\n+v\n\\ No newline",
        );
        assert_eq!("z\n+++ w\n\nv\n", added.text);
        assert_eq!(vec![0..8, 9..11], added.spans);
        assert_eq!("x\ny\n", quoted);
    }
}
