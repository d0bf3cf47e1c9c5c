//! The three sizes of body that everything is measured at, and the bodies.
//!
//! It must not know who serves or reads them.

use clap::ValueEnum;

/// How large each backend's answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Size {
    /// About 300 bytes.
    Small,
    /// About 10 KB.
    Medium,
    /// About 500 KB.
    Large,
}

impl Size {
    /// All of them, smallest first.
    pub(super) const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// The segment of the path, of endpoints and backends, that stands for the size; its key in the
    /// baseline, too.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }

    /// For people.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Small => "300 B",
            Self::Medium => "10 KB",
            Self::Large => "500 KB",
        }
    }

    /// How many requests make one round of a measurement that takes a second or two.
    pub(super) const fn requests(self) -> u64 {
        match self {
            Self::Small => 20_000,
            Self::Medium => 10_000,
            Self::Large => 500,
        }
    }

    const fn bytes(self) -> usize {
        match self {
            Self::Small => 300,
            Self::Medium => 10_400,
            Self::Large => 500_000,
        }
    }

    /// A JSON document of this size that looks like clinical data: short strings, decimals, nesting.
    pub(super) fn body(self) -> String {
        let mut body = String::from(r#"{"resourceType":"Bundle","type":"searchset","entry":["#);
        let mut number = 0;
        loop {
            let entry = entry(number);
            if number > 0 && body.len() + entry.len() + 3 > self.bytes() {
                break;
            }
            if number > 0 {
                body.push(',');
            }
            body.push_str(&entry);
            number += 1;
        }
        body.push_str("]}");
        body
    }
}

/// One observation; no two are equal, so that nothing can be gained by remembering one.
fn entry(number: u32) -> String {
    let tenths = 360 + number % 50;
    format!(
        concat!(
            r#"{{"resource":{{"resourceType":"Observation","id":"o{number}","status":"final","#,
            r#""code":{{"text":"Körpertemperatur"}},"note":"rest\u00e9 \"stable\"","#,
            r#""valueQuantity":{{"value":{whole}.{tenth}0,"unit":"Cel"}}}}}}"#
        ),
        number = number,
        whole = tenths / 10,
        tenth = tenths % 10,
    )
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn a_body_has_about_the_size_it_stands_for() {
        for size in Size::ALL {
            let (wanted, got) = (size.bytes(), size.body().len());
            assert!(
                got <= wanted && got + 300 > wanted,
                "{}: {got} for {wanted}",
                size.label()
            );
        }
    }
}
