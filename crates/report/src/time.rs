//! Moments, in words.

use jiff::Timestamp;

/// Milliseconds since 1970-01-01 UTC as `2025-10-01T12:03:04.567Z`; `None` outside of the years -9999 to 9999.
pub fn rfc3339_utc(milliseconds: i64) -> Option<String> {
    Timestamp::from_millisecond(milliseconds).ok().map(|moment| format!("{moment:.3}"))
}

/// Milliseconds since 1970-01-01 UTC as `2025-10-01 12:03 UTC`; `None` outside of the years -9999 to 9999.
pub fn minute_utc(milliseconds: i64) -> Option<String> {
    Timestamp::from_millisecond(milliseconds)
        .ok()
        .map(|moment| moment.strftime("%Y-%m-%d %H:%M UTC").to_string())
}
