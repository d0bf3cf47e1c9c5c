//! The nearest known name: "did you mean".

/// Names less alike than this are not worth a guess.
const THRESHOLD: f64 = 0.8;

/// How alike two names are that one slip makes the same: a letter too many, too few, another one, or
/// two exchanged. In short names that is much, of which the measure below makes nothing.
const ONE_SLIP: f64 = 0.9;
const SHORTEST: usize = 3;

/// A name of `known` that is close to `name`.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let score = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let alike = strsim::jaro_winkler(&name, &candidate);
        let long = name.chars().count().min(candidate.chars().count()) >= SHORTEST;
        if long && strsim::osa_distance(&name, &candidate) <= 1 {
            alike.max(ONE_SLIP)
        } else {
            alike
        }
    };
    known
        .into_iter()
        .map(|candidate| (score(candidate), candidate))
        .filter(|(score, _)| *score > THRESHOLD)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

/// What to write instead of the unknown `name`: the nearest of `known`, else all of them.
pub(crate) fn help<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
    none: &str,
) -> String {
    if let Some(candidate) = nearest(name, known.clone()) {
        return format!("did you mean `{candidate}`?");
    }
    let listed = list(known, "and");
    if listed.is_empty() {
        none.to_owned()
    } else {
        format!("known here: {listed}")
    }
}

/// Names in backticks, joined as a sentence does: `a`, `b` and `c`.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>, word: &str) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_a_stranger_is_not() {
        let known = ["budget", "patient", "summary"];
        for (name, expected) in [
            ("budgt", Some("budget")),
            ("Patient", Some("patient")),
            ("summry", Some("summary")),
            ("zzz", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
        for (name, known, expected) in [
            ("cra", ["car", "owner"], Some("car")),
            ("cat", ["car", "carts"], Some("car")),
            ("ids", ["id", "x"], Some("id")),
            ("ax", ["a", "b"], Some("a")),
            ("q", ["p", "labs"], None),
            ("ab", ["cb", "ad"], None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
    }
}
