//! When a record says that it was written, in the many ways in which corpora say it.
//!
//! What counts is the *last* millisecond that the words can mean: a record is older than a passage only if nothing about
//! its time leaves room for doubt.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// 1990-01-01 UTC in seconds. What is older says "unknown" far more often than it says when (0, 1970-01-01,
/// 0001-01-01), and a year or a date that is written as a number (2024, 20240619) would be taken for seconds.
const SECONDS_MIN: f64 = 631_152_000.0;
/// Numbers from here on are milliseconds: as seconds, they lie behind the year 5138.
const SECONDS_END: f64 = 1e11;
/// Numbers from here on are neither.
const MILLISECONDS_END: f64 = 1e14;

/// The last millisecond since 1970-01-01 UTC that `text` can mean; `None` if it is no time, or one before 1990.
///
/// Read are RFC 3339, `YYYY-MM-DD` (the whole day), `YYYY-MM-DD HH:MM:SS[.f]` with a `T` or a space and with `Z`, an
/// offset, ` UTC` or nothing (then UTC) behind it, and numbers: from 631,152,000 to 10^11 they are seconds since 1970, and
/// from 631,152,000,000 to 10^14 milliseconds. A time without a fraction means its whole second.
pub(crate) fn last_millisecond(text: &str) -> Option<i64> {
    let text = text.trim();
    let last = if text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.')) {
        of_number(text)?
    } else {
        of_words(text)?
    };
    (last >= SECONDS_MIN as i64 * 1000).then_some(last)
}

/// The first millisecond that `text` can mean, which is read like that of a record: of a day its midnight, UTC.
pub fn first_millisecond(text: &str) -> Option<i64> {
    let (text, last) = (text.trim(), last_millisecond(text)?);
    let is_day = text.len() == 10 && text.contains('-');
    let is_whole = last % 1000 == 999 && !text.contains(['.', ',']);
    Some(match (is_day, is_whole) {
        (true, _) => last - (24 * 3600 * 1000 - 1),
        (false, true) if text.contains('-') => last - 999,
        _ => last,
    })
}

fn of_number(text: &str) -> Option<i64> {
    let number: f64 = text.parse().ok()?;
    let is_whole = number.fract() == 0.0;
    if (SECONDS_MIN..SECONDS_END).contains(&number) {
        // A double tells moments of today to less than a millisecond.
        Some((number * 1000.0).ceil() as i64 + if is_whole { 999 } else { 0 })
    } else if (SECONDS_MIN * 1000.0..MILLISECONDS_END).contains(&number) {
        Some(number.ceil() as i64)
    } else {
        None
    }
}

fn of_words(text: &str) -> Option<i64> {
    // The parser takes more than is promised: weeks, hours alone, names of zones that change what the time means.
    let (date, time) = text.split_at_checked(10)?;
    let is_date = date.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if !is_date {
        return None;
    }
    let utc = |moment: DateTime| moment.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    if time.is_empty() {
        let date: Date = date.parse().ok()?;
        return Some(utc(date.at(23, 59, 59, 999_000_000))?.as_millisecond());
    }
    let clock = time.strip_prefix(['T', 't', ' '])?;
    let has_seconds =
        clock.len() >= 8 && clock.as_bytes()[2] == b':' && clock.as_bytes()[5] == b':';
    if !has_seconds || text.contains('[') {
        return None;
    }
    let civil = text.strip_suffix(" UTC").unwrap_or(text);
    let moment = match text.parse::<Timestamp>() {
        Ok(moment) => moment,
        Err(_) => utc(civil.parse().ok()?)?,
    };
    let is_whole = !matches!(clock.as_bytes().get(8), Some(b'.' | b','));
    let rest = SignedDuration::from_millis(if is_whole { 999 } else { 0 });
    Some(moment.checked_add(rest).ok()?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let expected = expected.map(|text| text.parse::<Timestamp>().unwrap().as_millisecond());
        assert_eq!(last_millisecond(text), expected, "{text}");
    }

    #[test]
    fn a_time_is_read_in_all_the_ways_in_which_corpora_write_it() {
        for (text, expected) in [
            ("2025-10-01T12:03:04.567Z", "2025-10-01T12:03:04.567Z"),
            ("2025-10-01t12:03:04.5z", "2025-10-01T12:03:04.500Z"),
            ("2025-10-01T12:03:04.567+02:00", "2025-10-01T10:03:04.567Z"),
            ("2025-10-01 12:03:04.567-07:30", "2025-10-01T19:33:04.567Z"),
            ("2025-10-01T12:03:04.567891Z", "2025-10-01T12:03:04.567Z"),
            ("2025-10-01 12:03:04.567", "2025-10-01T12:03:04.567Z"),
            ("2025-10-01 12:03:04.567Z", "2025-10-01T12:03:04.567Z"),
            ("2025-10-01 12:03:04.5 UTC", "2025-10-01T12:03:04.500Z"),
            ("1759320184567", "2025-10-01T12:03:04.567Z"),
            ("1759320184.5", "2025-10-01T12:03:04.500Z"),
            (" 1759320184567\n", "2025-10-01T12:03:04.567Z"),
        ] {
            check(text, Some(expected));
        }
    }

    #[test]
    fn the_first_moment_of_a_day_is_its_midnight_and_of_a_second_its_start() {
        for (text, expected) in [
            ("2025-10-01", "2025-10-01T00:00:00Z"),
            ("2025-10-01T12:03:04Z", "2025-10-01T12:03:04Z"),
            ("2025-10-01T12:03:04.999Z", "2025-10-01T12:03:04.999Z"),
            ("2025-10-01 12:03:04", "2025-10-01T12:03:04Z"),
        ] {
            let expected = expected.parse::<Timestamp>().unwrap().as_millisecond();
            assert_eq!(first_millisecond(text), Some(expected), "{text}");
        }
        assert_eq!(first_millisecond("last week"), None);
    }

    #[test]
    fn a_time_that_says_less_means_the_last_moment_that_it_can() {
        for (text, expected) in [
            ("2025-10-01", "2025-10-01T23:59:59.999Z"),
            ("2024-02-29", "2024-02-29T23:59:59.999Z"),
            ("2025-10-01T12:03:04Z", "2025-10-01T12:03:04.999Z"),
            ("2025-10-01 12:03:04", "2025-10-01T12:03:04.999Z"),
            ("2025-10-01 12:03:04 UTC", "2025-10-01T12:03:04.999Z"),
            ("2025-10-01T12:03:04+02:00", "2025-10-01T10:03:04.999Z"),
            ("1759320184", "2025-10-01T12:03:04.999Z"),
            ("1759320184.0", "2025-10-01T12:03:04.999Z"),
        ] {
            check(text, Some(expected));
        }
    }

    #[test]
    fn what_is_no_time_or_stands_for_an_unknown_one_is_none() {
        for text in [
            "",
            " ",
            ".",
            "1.2.3",
            "yesterday",
            "null",
            "-1",
            "0",
            "1970-01-01",
            "1970-01-01T00:00:00Z",
            "1970-01-01 00:00:00",
            "0001-01-01",
            "1989-12-31",
            "2024",
            "20240619",
            "202406191522",
            "631151999",
            "100000000000000",
            "1759320184567000",
            "1e9",
            "inf",
            "NaN",
            "2025-13-01",
            "2025-02-29",
            "2025-10-1",
            "10/01/2025",
            "2025-10",
            "2025-W40-3",
            "2025-10-01T12",
            "2025-10-01T12:03",
            "2025-10-01T12:03Z",
            "2025-10-01T25:00:00Z",
            "2025-10-01 12:03:04 CET",
            "2025-10-01T12:03:04[Europe/Berlin]",
            "2025-10-01T12:03:04+99:00",
            "2025-10-01x",
            "２０２５-10-01",
            "2025-10-0é",
            "99999999999999999999999999999999999999999999",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn seconds_end_where_milliseconds_begin() {
        check("631152000", Some("1990-01-01T00:00:00.999Z"));
        check("99999999999", Some("5138-11-16T09:46:39.999Z"));
        check("100000000000", None);
        check("631151999999", None);
        check("631152000000", Some("1990-01-01T00:00:00Z"));
        check("99999999999999", Some("5138-11-16T09:46:39.999Z"));
    }
}
