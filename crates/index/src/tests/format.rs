//! FORMAT.md says what the code does: its tables are read back and compared.

use seepage_fingerprint::{Stream, filter};

use crate::manifest;
use crate::segment::fingerprints::{hash_table, header};
use crate::segment::sections::{ALIGNMENT, FIELDS_OFFSET, FileFormat, SECTION_ENTRY_LEN};
use crate::segment::{columns, contents, evidence, extract, provenance, removed};

const DOCUMENT: &str = include_str!("../../FORMAT.md");

/// The rows of the table whose header row has this cell, each as its cells.
fn table(header_cell: &str) -> Vec<Vec<&'static str>> {
    let cells =
        |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
    let rows: Vec<_> = DOCUMENT
        .lines()
        .skip_while(|line| !(line.starts_with('|') && cells(line).contains(&header_cell)))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(cells)
        .collect();
    assert!(!rows.is_empty(), "FORMAT.md has no table `{header_cell}`");
    rows
}

/// Compares an (offset, size, name) table.
#[track_caller]
fn check_layout(header_cell: &str, expected: &[(usize, usize, &str)]) {
    let expected: Vec<Vec<String>> = expected
        .iter()
        .map(|(offset, size, name)| vec![offset.to_string(), size.to_string(), (*name).to_owned()])
        .collect();
    assert_eq!(expected, table(header_cell));
    let mut end = 0;
    for row in table(header_cell) {
        assert_eq!(end.to_string(), row[0], "`{header_cell}` has a gap before {row:?}");
        end += row[1].parse::<usize>().unwrap();
    }
}

/// The rows of a header from its sections on.
fn section_rows(format: &'static FileFormat, zero_len: usize) -> Vec<(usize, usize, String)> {
    let mut rows = vec![];
    let mut offset = format.sections_offset;
    for name in format.section_names {
        rows.push((offset, SECTION_ENTRY_LEN, format!("section `{name}`")));
        offset += SECTION_ENTRY_LEN;
    }
    if zero_len > 0 {
        rows.push((offset, zero_len, "zero".to_owned()));
    }
    rows.push((format.header_len - 32, 32, "checksum".to_owned()));
    rows
}

#[track_caller]
fn check_header(
    header_cell: &str,
    format: &'static FileFormat,
    zero_len: usize,
    fields: &[(usize, usize, &str)],
) {
    let sections = section_rows(format, zero_len);
    let mut expected = vec![(0, 8, "magic"), (8, FIELDS_OFFSET - 8, "format version")];
    expected.extend_from_slice(fields);
    expected.extend(sections.iter().map(|(offset, size, name)| (*offset, *size, name.as_str())));
    check_layout(header_cell, &expected);
    let magic = str::from_utf8(&format.magic).unwrap();
    assert!(DOCUMENT.contains(&format!("Magic `{magic}`")));
    assert_eq!(0, format.header_len % ALIGNMENT);
}

#[test]
fn the_numbers_are_those_of_the_code() {
    let expected: [(&str, u64); 17] = [
        ("format version", manifest::FORMAT_VERSION.into()),
        ("normalisation rules", Stream::RULES_VERSION.into()),
        ("alignment of sections", ALIGNMENT as u64),
        ("bytes of a section entry", SECTION_ENTRY_LEN as u64),
        ("filter bits per fingerprint", filter::BITS_PER_KEY),
        ("filter bits set by a fingerprint", filter::BITS_SET.into()),
        ("slots in a line", hash_table::LINE_SLOTS as u64),
        ("load of the lines, percent", hash_table::LOAD_PERCENT),
        ("bytes of a directory entry", evidence::DIRECTORY_ENTRY_LEN as u64),
        ("bytes of a span", evidence::SPAN_LEN as u64),
        ("bytes of a content", contents::CONTENT_LEN as u64),
        ("bytes of the row of an author", contents::ROW_LEN as u64),
        ("bytes of a removed author", removed::NUMBER_LEN as u64),
        ("rows in a row group, at most", provenance::GROUP_ROWS_MAX as u64),
        (
            "different bytes in an indexed k-gram of the words, at least",
            extract::VARIETY_MIN.into(),
        ),
        (
            "different bytes in an indexed k-gram of the skeleton, at least",
            extract::SKELETON_VARIETY_MIN.into(),
        ),
        ("different word anchors of a passage, at least", extract::ANCHORS_MIN as u64),
    ];
    let expected = expected.map(|(name, value)| vec![name.to_owned(), value.to_string()]);
    assert_eq!(expected.as_slice(), table("number"));
}

#[test]
fn a_section_entry_lies_as_the_code_says() {
    check_layout(
        "section entry",
        &[
            (0, 8, "offset in the file"),
            (8, 8, "length in bytes, without padding"),
            (16, SECTION_ENTRY_LEN - 16, "checksum"),
        ],
    );
}

#[test]
fn the_header_of_the_fingerprints_lies_as_the_code_says() {
    use header::{FINGERPRINTS_OFFSET, FORMAT, PASSAGES_OFFSET, POSTINGS_OFFSET, RULES_OFFSET};
    check_header(
        "header of fingerprints.bin",
        &FORMAT,
        40,
        &[
            (RULES_OFFSET, 4, "normalisation rules"),
            (RULES_OFFSET + 4, 4, "words: k-gram length"),
            (RULES_OFFSET + 8, 4, "words: window length"),
            (RULES_OFFSET + 12, 4, "skeleton: k-gram length"),
            (RULES_OFFSET + 16, 4, "skeleton: window length"),
            (FINGERPRINTS_OFFSET, 8, "fingerprints"),
            (POSTINGS_OFFSET, 8, "postings"),
            (PASSAGES_OFFSET, 4, "passages"),
            (PASSAGES_OFFSET + 4, 4, "zero"),
        ],
    );
}

#[test]
fn the_header_of_the_evidence_lies_as_the_code_says() {
    let fields = [(evidence::PASSAGES_OFFSET, 4, "passages")];
    check_header("header of evidence.bin", &evidence::FORMAT, 0, &fields);
    check_layout(
        "directory entry",
        &[
            (0, 8, "text offset in `texts`"),
            (evidence::TEXT_LEN_OFFSET, 4, "text length"),
            (evidence::SPAN_COUNT_OFFSET, 4, "spans"),
            (evidence::SPAN_FIRST_OFFSET, 8, "first span"),
        ],
    );
}

#[test]
fn the_headers_of_the_short_files_lie_as_the_code_says() {
    let fields =
        [(contents::PASSAGES_OFFSET, 4, "passages"), (contents::AUTHORS_OFFSET, 4, "authors")];
    check_header("header of contents.bin", &contents::FORMAT, 44, &fields);
    let fields = [(removed::COUNT_OFFSET, 4, "removed authors")];
    check_header("header of removed-N.bin", &removed::FORMAT, 32, &fields);
}

#[test]
fn the_columns_are_those_of_the_code() {
    let yes_or_no = |optional| if optional { "yes" } else { "no" };
    let expected: Vec<Vec<String>> = columns::schema()
        .fields()
        .iter()
        .map(|field| {
            let optional = yes_or_no(field.is_nullable());
            vec![format!("`{}`", field.name()), field.data_type().to_string(), optional.to_owned()]
        })
        .collect();
    assert_eq!(expected, table("column"));
    assert!(DOCUMENT.contains(&format!("`created_by` is `{}`", provenance::CREATED_BY)));
}
