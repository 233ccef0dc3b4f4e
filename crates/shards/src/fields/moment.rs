//! Numbers that are days or moments, as text.

use jiff::Timestamp;

pub(crate) const NANOSECONDS_A_DAY: i128 = 86_400_000_000_000;

/// What the numbers of a column mean.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// What they say.
    Plain,
    /// Days since 1970-01-01.
    Days,
    /// Units of this many nanoseconds, since 1970-01-01 UTC.
    Moments(i64),
}

/// A number as text; of a day or a moment that no calendar has, none.
pub(crate) fn words(meaning: Meaning, number: i64) -> Option<String> {
    let number_wide = i128::from(number);
    match meaning {
        Meaning::Plain => Some(number.to_string()),
        Meaning::Days => moment(number_wide * NANOSECONDS_A_DAY)
            .map(|moment| moment.strftime("%Y-%m-%d").to_string()),
        Meaning::Moments(unit) => {
            moment(number_wide * i128::from(unit)).map(|moment| moment.to_string())
        }
    }
}

pub(crate) fn moment(nanoseconds: i128) -> Option<Timestamp> {
    Timestamp::from_nanosecond(nanoseconds).ok()
}
