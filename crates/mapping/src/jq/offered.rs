//! What a program may call, and what a call costs beyond the step that each costs.
//!
//! What could run for ever, nest without end, or reach out of the program is not here.

/// What a call looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cost {
    /// A few values, or what the program itself counts.
    Step,
    /// Each element or byte of its input.
    Load,
    /// Each byte of its input, and its argument.
    Text,
    /// Everything in its input.
    Weigh,
    /// Everything in its input, and a key for each element.
    Keys,
    /// Everything in its input, for everything in its argument.
    Product,
}

/// Name, number of arguments, cost.
type Function = (&'static str, usize, Cost);

/// All that a program may call.
const OFFERED: &[Function] = &[
    ("@json", 0, Cost::Weigh),
    ("@text", 0, Cost::Weigh),
    ("abs", 0, Cost::Step),
    ("add", 0, Cost::Step),
    ("add", 1, Cost::Step),
    ("all", 0, Cost::Step),
    ("all", 1, Cost::Step),
    ("all", 2, Cost::Step),
    ("any", 0, Cost::Step),
    ("any", 1, Cost::Step),
    ("any", 2, Cost::Step),
    ("arrays", 0, Cost::Step),
    ("ascii_downcase", 0, Cost::Load),
    ("ascii_upcase", 0, Cost::Load),
    ("booleans", 0, Cost::Step),
    ("ceil", 0, Cost::Step),
    ("contains", 1, Cost::Product),
    ("del", 1, Cost::Step),
    ("empty", 0, Cost::Step),
    ("endswith", 1, Cost::Text),
    ("error", 0, Cost::Step),
    ("error", 1, Cost::Step),
    ("explode", 0, Cost::Load),
    ("false", 0, Cost::Step),
    ("first", 0, Cost::Step),
    ("first", 1, Cost::Step),
    ("flatten", 0, Cost::Weigh),
    ("floor", 0, Cost::Step),
    ("from_entries", 0, Cost::Load),
    ("group_by", 1, Cost::Keys),
    ("has", 1, Cost::Text),
    ("implode", 0, Cost::Load),
    ("in", 1, Cost::Step),
    ("index", 1, Cost::Product),
    ("indices", 1, Cost::Product),
    ("inside", 1, Cost::Step),
    ("isempty", 1, Cost::Step),
    ("iterables", 0, Cost::Step),
    ("join", 1, Cost::Weigh),
    ("keys", 0, Cost::Load),
    ("keys_unsorted", 0, Cost::Load),
    ("last", 0, Cost::Step),
    ("last", 1, Cost::Step),
    ("length", 0, Cost::Load),
    ("ltrim", 0, Cost::Load),
    ("ltrimstr", 1, Cost::Text),
    ("map", 1, Cost::Step),
    ("map_values", 1, Cost::Load),
    ("max", 0, Cost::Weigh),
    ("max_by", 1, Cost::Keys),
    ("min", 0, Cost::Weigh),
    ("min_by", 1, Cost::Keys),
    ("not", 0, Cost::Step),
    ("nth", 1, Cost::Text),
    ("null", 0, Cost::Step),
    ("nulls", 0, Cost::Step),
    ("numbers", 0, Cost::Step),
    ("objects", 0, Cost::Step),
    ("reverse", 0, Cost::Load),
    ("rindex", 1, Cost::Product),
    ("round", 0, Cost::Step),
    ("rtrim", 0, Cost::Load),
    ("rtrimstr", 1, Cost::Text),
    ("scalars", 0, Cost::Step),
    ("select", 1, Cost::Step),
    ("sort", 0, Cost::Weigh),
    ("sort_by", 1, Cost::Keys),
    ("split", 1, Cost::Text),
    ("startswith", 1, Cost::Text),
    ("strings", 0, Cost::Step),
    ("to_entries", 0, Cost::Load),
    ("toboolean", 0, Cost::Step),
    ("tojson", 0, Cost::Weigh),
    ("tonumber", 0, Cost::Load),
    ("tostring", 0, Cost::Weigh),
    ("trim", 0, Cost::Load),
    ("true", 0, Cost::Step),
    ("type", 0, Cost::Step),
    ("unique", 0, Cost::Weigh),
    ("unique_by", 1, Cost::Keys),
    ("utf8bytelength", 0, Cost::Step),
    ("values", 0, Cost::Step),
    ("with_entries", 1, Cost::Step),
];

/// What the definitions of offered functions call besides those.
const HELPERS: &[Function] = &[
    ("isarray", 0, Cost::Step),
    ("isboolean", 0, Cost::Step),
    ("isnumber", 0, Cost::Step),
    ("isobject", 0, Cost::Step),
    ("isstring", 0, Cost::Step),
    ("key_values", 0, Cost::Load),
    ("max_by_or_empty", 1, Cost::Keys),
    ("min_by_or_empty", 1, Cost::Keys),
    ("recurse", 1, Cost::Step),
];

/// The cost of calling `name`; `None` when no program may.
pub(super) fn offered(name: &str, arguments: usize) -> Option<Cost> {
    find(OFFERED, name, arguments)
}

/// Whether the definition of `name` is needed.
pub(super) fn is_needed(name: &str, arguments: usize) -> bool {
    // These two are functions of ours: theirs parse any JSON, however deep.
    !matches!(name, "tonumber" | "toboolean")
        && (find(OFFERED, name, arguments).is_some() || find(HELPERS, name, arguments).is_some())
}

/// The cost of a call within the definitions.
pub(super) fn within(name: &str, arguments: usize) -> Cost {
    find(OFFERED, name, arguments)
        .or_else(|| find(HELPERS, name, arguments))
        .unwrap_or(Cost::Step)
}

/// The names that a program may call, sorted, each once.
pub fn functions() -> impl Iterator<Item = &'static str> + Clone {
    let mut last = "";
    OFFERED.iter().filter_map(move |(name, _, _)| {
        let new = *name != last;
        last = name;
        new.then_some(*name)
    })
}

fn find(functions: &[Function], name: &str, arguments: usize) -> Option<Cost> {
    functions
        .iter()
        .find(|(known, number, _)| *known == name && *number == arguments)
        .map(|(_, _, cost)| *cost)
}

#[cfg(test)]
mod tests {
    use super::{OFFERED, functions};

    #[test]
    fn the_functions_are_sorted_and_none_is_there_twice() {
        let pairs: Vec<_> = OFFERED
            .iter()
            .map(|(name, number, _)| (name, number))
            .collect();
        assert!(pairs.is_sorted_by(|left, right| left < right));
        assert_eq!(functions().filter(|name| *name == "any").count(), 1);
    }
}
