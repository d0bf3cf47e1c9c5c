//! How long a token lives by its answer. Never "forever", and never read out of the token.

use std::time::{Duration, SystemTime};

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::fields::Fields;

const LONGEST: Duration = Duration::from_hours(24);

/// Above this a number of seconds since 1970 would lie in the year 5138: it is milliseconds.
const MILLISECONDS_FROM: f64 = 1e11;

/// The life of the token counted from `sent`, at most 24 hours. Zero for one that has expired.
pub(super) fn of(fields: &Fields, sent: SystemTime, default: Duration) -> Duration {
    let relative = fields.get("expires_in").and_then(number);
    let absolute = || {
        let instants = ["expires_on", "expires_at", ".expires"];
        instants
            .into_iter()
            .find_map(|name| instant(fields.get(name)?))
    };
    let seconds = relative.or_else(|| Some(absolute()? - since_1970(sent)));
    seconds.map_or(default, saturating).min(LONGEST)
}

/// The life of the refresh token that came along; `None` when the server does not say.
pub(super) fn of_refresh_token(fields: &Fields) -> Option<Duration> {
    let seconds = fields.get("refresh_expires_in").and_then(number)?;
    let names_none = seconds <= 0.0;
    // Not clamped: a refresh token may well live for months.
    (!names_none).then(|| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// A JSON number, or a string that is one. Infinity stands for a number too large for the type.
fn number(value: &Value) -> Option<f64> {
    let text = match value {
        // Through text: with arbitrary precision a number may exceed every numeric type.
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
    // The parser also knows words such as `inf` and `NaN`, which no server means.
    if digits.starts_with(|c: char| c.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

/// Seconds since 1970, from a number, an RFC 3339 instant or an HTTP date.
fn instant(value: &Value) -> Option<f64> {
    if let Some(number) = number(value) {
        return Some(if number >= MILLISECONDS_FROM {
            number / 1000.0
        } else {
            number
        });
    }
    let text = value.as_str()?.trim();
    let rfc3339 = || {
        OffsetDateTime::parse(text, &Rfc3339)
            .ok()
            .map(SystemTime::from)
    };
    let instant = rfc3339().or_else(|| httpdate::parse_http_date(text).ok())?;
    Some(since_1970(instant))
}

fn since_1970(instant: SystemTime) -> f64 {
    instant
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
}

fn saturating(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(LONGEST)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use http::HeaderMap;

    use super::*;

    const DEFAULT_LIFE: u64 = 300;

    /// The life in seconds of an answer with these members, sent at 2027-01-15T08:00:00Z.
    fn life(members: &str) -> u64 {
        let body = format!(r#"{{"access_token":"t"{members}}}"#);
        let fields = Fields::read(&HeaderMap::new(), body.as_bytes()).unwrap();
        let sent = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
        of(&fields, sent, Duration::from_secs(DEFAULT_LIFE)).as_secs()
    }

    #[test]
    fn expires_in_is_read_in_every_shape_and_never_means_forever() {
        for (members, seconds) in [
            (r#","expires_in":3600"#, 3600),
            (r#","expires_in":"3600""#, 3600),
            (r#","expires_in":" 3600 ""#, 3600),
            (r#","expires_in":3599.9"#, 3599),
            (r#","expires_in":"59.5""#, 59),
            ("", DEFAULT_LIFE),
            (r#","expires_in":null"#, DEFAULT_LIFE),
            (r#","expires_in":"""#, DEFAULT_LIFE),
            (r#","expires_in":"never""#, DEFAULT_LIFE),
            (r#","expires_in":"inf""#, DEFAULT_LIFE),
            (r#","expires_in":"NaN""#, DEFAULT_LIFE),
            (r#","expires_in":true"#, DEFAULT_LIFE),
            (r#","expires_in":0"#, 0),
            (r#","expires_in":-5"#, 0),
            (r#","expires_in":"-5""#, 0),
            (r#","expires_in":86400"#, 86_400),
            (r#","expires_in":86401"#, 86_400),
            (r#","expires_in":99999999999999999999999999"#, 86_400),
            (r#","expires_in":1e400"#, 86_400),
            (r#","expires_in":-1e400"#, 0),
        ] {
            assert_eq!(life(members), seconds, "{members}");
        }
    }

    #[test]
    fn an_instant_of_expiry_is_used_when_expires_in_is_absent() {
        for (members, seconds) in [
            (r#","expires_on":1800000600"#, 600),
            (r#","expires_on":"1800000600""#, 600),
            (r#","expires_at":1800000600.0"#, 600),
            (r#","expires_at":1800000600000"#, 600),
            (r#","expires_at":"2027-01-15T08:10:00Z""#, 600),
            (r#","expires_at":"2027-01-15T09:10:00.5+01:00""#, 600),
            (r#",".expires":0"#, 0),
            (r#","expires_in":"?","expires_on":"1800000600""#, 600),
            (
                r#","expires_on":"?",".expires":"Fri, 15 Jan 2027 08:10:00 GMT""#,
                600,
            ),
            (r#","expires_in":60,"expires_on":1800000600"#, 60),
            (r#","expires_on":1799999999"#, 0),
            (r#","expires_on":"soon""#, DEFAULT_LIFE),
        ] {
            assert_eq!(life(members), seconds, "{members}");
        }
    }
}
