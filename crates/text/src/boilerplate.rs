//! What never tells who wrote a text: licences, imports, generated and minified text, lock files.
//!
//! Human files share these with model output without any copying, and one licence header can accuse half a corpus. So
//! they are cut out of a passage before it is indexed; the rest of the passage stays.

use std::ops::Range;

/// Text with a longer line, in bytes, is minified or data.
const LINE_LEN_MAX: usize = 2000;
/// One import between other lines is part of what was written; two in a row are a list that everyone writes.
const IMPORT_RUN_MIN: usize = 2;
/// A longer paragraph is not a licence notice, whatever it mentions.
const NOTICE_LINES_MAX: usize = 40;
/// Generators sign in the first lines.
const SIGNATURE_LINES: usize = 5;

const LOCK_FILES: [&str; 12] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "cargo.lock",
    "poetry.lock",
    "pipfile.lock",
    "uv.lock",
    "composer.lock",
    "gemfile.lock",
    "go.sum",
];
const VENDORED: [&str; 3] = ["node_modules", "third_party", "site-packages"];
const MINIFIED: [&str; 4] = [".min.js", ".min.css", ".map", ".lock"];

/// Words that stand in licence notices and hardly anywhere else, in lower case, single spaces.
const NOTICES: [&str; 25] = [
    "permission is hereby granted, free of charge",
    "the above copyright notice and this permission notice",
    "the software is provided \"as is\"",
    // By the copyright holders, the regents, the author, or as it is, in any quotes.
    "this software is provided ",
    "redistribution and use in source and binary forms",
    "redistributions of source code must retain",
    "redistributions in binary form must reproduce",
    "neither the name of",
    "in no event shall the copyright",
    "permission to use, copy, modify, and",
    "licensed under the apache license",
    "you may not use this file except in compliance",
    "unless required by applicable law or agreed to in writing",
    "you may obtain a copy of the license at",
    "licensed to the apache software foundation",
    "gnu general public license",
    "gnu lesser general public license",
    "gnu affero general public license",
    "without even the implied warranty of merchantability",
    "subject to the terms of the mozilla public",
    "mozilla public license",
    "use of this source code is governed by a",
    "licensed under the mit license",
    "spdx-license-identifier:",
    "all rights reserved.",
];

/// Whether a file of that name is never indexed: a lock file, minified, or vendored.
pub fn is_foreign_path(path: &str) -> bool {
    let path = path.to_ascii_lowercase().replace('\\', "/");
    let name = path.rsplit('/').next().unwrap_or(&path);
    LOCK_FILES.contains(&name)
        || MINIFIED.iter().any(|end| name.ends_with(end))
        || path.split('/').any(|part| VENDORED.contains(&part))
}

/// Whether a generator signed the text.
pub fn is_generated(text: &str) -> bool {
    text.lines().take(SIGNATURE_LINES).any(|line| {
        let bare = bare(line);
        bare.len() < line.trim().len()
            && (bare.starts_with("code generated ")
                || bare.contains("@generated")
                || bare.contains("do not edit"))
    })
}

/// The parts of `spans` (ascending, disjoint byte ranges of `text`, whole lines) that may tell who wrote them.
pub fn telling_spans(text: &str, spans: &[Range<usize>]) -> Vec<Range<usize>> {
    let lines: Vec<Range<usize>> = lines_of(text);
    let plain = plain_lines(text, &lines);
    let mut telling: Vec<Range<usize>> = vec![];
    for (line, _) in lines.iter().zip(&plain).filter(|(_, plain)| !**plain) {
        for span in spans.iter().filter(|span| span.start < line.end && line.start < span.end) {
            let part = span.start.max(line.start)..span.end.min(line.end);
            match telling.last_mut() {
                Some(last) if last.end == part.start && part.start != span.start => {
                    last.end = part.end;
                }
                _ => telling.push(part),
            }
        }
    }
    telling
}

fn lines_of(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(|line| {
            start += line.len();
            start - line.len()..start
        })
        .collect()
}

/// For each line whether it is to be cut.
fn plain_lines(text: &str, lines: &[Range<usize>]) -> Vec<bool> {
    let mut plain: Vec<bool> = lines.iter().map(|line| line.len() > LINE_LEN_MAX).collect();
    let bares: Vec<String> = lines.iter().map(|line| bare(&text[line.clone()])).collect();
    mark_imports(text, lines, &mut plain);
    let mut from = 0;
    for paragraph in bares.chunk_by(|a, b| a.is_empty() == b.is_empty()) {
        let to = from + paragraph.len();
        // In a notice lines end anywhere.
        let joined = paragraph.join(" ");
        if paragraph.len() <= NOTICE_LINES_MAX
            && NOTICES.iter().any(|notice| joined.contains(notice))
        {
            mark_notice(text, &lines[from..to], &mut plain[from..to]);
        }
        from = to;
    }
    plain
}

/// Marks a paragraph with a notice in it: of one that runs into code, only the lines that look like the notice's first.
fn mark_notice(text: &str, lines: &[Range<usize>], plain: &mut [bool]) {
    let commented = |line: &Range<usize>| {
        let line = text[line.clone()].trim();
        bare(line).len() < line.len()
    };
    let prose = |line: &Range<usize>| !text[line.clone()].contains(['{', '}', '=', '[', ']']);
    let in_comment = lines.first().is_some_and(commented);
    for (line, plain) in lines.iter().zip(plain) {
        *plain |= if in_comment { commented(line) } else { prose(line) };
    }
}

fn mark_imports(text: &str, lines: &[Range<usize>], plain: &mut [bool]) {
    let mut run = 0;
    let mut in_block = false;
    for at in 0..=lines.len() {
        let line = lines.get(at).map_or("", |line| text[line.clone()].trim());
        let import = is_import(line, &mut in_block);
        // A blank line between imports belongs to them.
        if import || (run > 0 && line.is_empty() && at < lines.len()) {
            run += 1;
            continue;
        }
        if run >= IMPORT_RUN_MIN {
            plain[at - run..at].fill(true);
        }
        run = 0;
    }
}

fn is_import(line: &str, in_block: &mut bool) -> bool {
    if *in_block {
        *in_block = !line.starts_with([')', '}']);
        return true;
    }
    let opens = matches!(line, "import (") || (line.starts_with("import {") && !line.contains('}'));
    if opens || (line.starts_with("from ") && line.ends_with("import (")) {
        *in_block = true;
        return true;
    }
    let required = || {
        line.contains("require(")
            && ["const ", "let ", "var "].iter().any(|word| line.starts_with(word))
    };
    [
        "import ",
        "#include ",
        "#include<",
        "using ",
        "package ",
        "require '",
        "require \"",
        "extern crate ",
    ]
    .iter()
    .any(|word| line.starts_with(word))
        || (line.starts_with("from ") && line.contains(" import "))
        || ((line.starts_with("use ") || line.starts_with("pub use ")) && line.ends_with(';'))
        || required()
}

/// A line without its comment leader, in lower case, with single spaces.
fn bare(line: &str) -> String {
    let line = line.trim().trim_start_matches([
        '/', '*', '#', ';', '%', '-', '!', '"', '\'', '<', '>', '|', ' ', '\t',
    ]);
    let line = line.strip_suffix("*/").or_else(|| line.strip_suffix("-->")).unwrap_or(line);
    line.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
