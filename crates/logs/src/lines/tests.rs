use super::*;

/// The one place that knows how lines are asked for.
#[track_caller]
fn check(input: &[u8], line_len_max: usize, expected: &[Option<&str>]) {
    for buffer_len in [1, 3, 64] {
        let inner = BufReader::with_capacity(buffer_len, io::Cursor::new(input.to_vec()));
        let mut reader = LineReader::new(Box::new(inner), line_len_max);
        let mut actual = vec![];
        while let Some(line) = reader.next_line().unwrap() {
            actual.push(match line {
                Line::Bytes(bytes) => Some(String::from_utf8(bytes.to_vec()).unwrap()),
                Line::TooLong => None,
            });
        }
        let actual: Vec<_> = actual.iter().map(Option::as_deref).collect();
        assert_eq!(expected, actual, "buffer of {buffer_len}");
        assert_eq!(input.len() as u64, reader.bytes);
    }
}

#[test]
fn lines_end_with_a_newline_a_crlf_or_the_file() {
    check(b"", 9, &[]);
    check(b"\n", 9, &[Some("")]);
    check(b"a\r\nb\n\nc", 9, &[Some("a"), Some("b"), Some(""), Some("c")]);
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_first_line() {
    check(b"\xef\xbb\xbfa\n\xef\xbb\xbfb", 9, &[Some("a"), Some("\u{feff}b")]);
}

#[test]
fn a_line_over_the_limit_is_skipped_and_the_next_is_read() {
    check(b"123456789\n1234567890\nx\n1234567890", 9, &[Some("123456789"), None, Some("x"), None]);
}

#[test]
fn utf16_of_both_orders_is_read_as_utf8() {
    let text = format!("{{\u{e9}}}\n{}\n\u{fffd}", "\u{1f600}ab".repeat(60_000));
    let units: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for (mark, bytes) in
        [(&[0xff, 0xfe][..], &little), (&[], &little), (&[0xfe, 0xff], &big), (&[], &big)]
    {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [mark, bytes.as_slice()].concat()).unwrap();
        let mut reader = open_lines(file.path(), LINE_LEN_MAX).unwrap();
        let mut lines = vec![];
        while let Some(Line::Bytes(line)) = reader.next_line().unwrap() {
            lines.push(String::from_utf8(line.to_vec()).unwrap());
        }
        assert_eq!(text.lines().collect::<Vec<_>>(), lines);
    }
}
