//! What may be shown of a text that is not YAML: nobody knows where a value ends in it.

use super::{comment_from, is_suspicious, mask};
use crate::grammar::is_setting;

/// The line `number`, counted from 1, as it may be shown: structure and the names of settings, of
/// endpoints everything; behind a key that names a secret, and of a comment, nothing.
pub(super) fn line(lines: &[&str], number: usize, line: &str) -> String {
    let mut characters: Vec<char> = line.chars().collect();
    let indentation = |line: &str| {
        line.chars()
            .take_while(|character| character.is_whitespace())
            .count()
    };
    let parent = lines
        .get(..number.saturating_sub(1))
        .unwrap_or_default()
        .iter()
        .rev()
        .find(|above| !above.trim().is_empty() && indentation(above) < indentation(line));
    // A closed bracket ends what its line began.
    let continues = parent
        .is_some_and(|parent| secret_from(parent).is_some() && !parent.trim_end().ends_with('}'));
    let guarded = if continues || !line.contains(':') {
        Some(0)
    } else {
        secret_from(line)
    };
    let hidden = [guarded, comment_from(line)].into_iter().flatten().min();
    if let Some(from) = hidden {
        mask(&mut characters, from, usize::MAX);
    }
    if is_in_endpoints(lines, number) && !line.contains('@') {
        return characters.into_iter().collect();
    }
    for word in characters.chunk_by_mut(|left, right| is_structure(*left) == is_structure(*right)) {
        let shown = word.iter().all(|character| is_structure(*character));
        if !shown && !is_setting(&word.iter().collect::<String>()) {
            mask(word, 0, usize::MAX);
        }
    }
    characters.into_iter().collect()
}

/// Whether the section in which a line of an unreadable text stands is the one that holds no
/// secrets.
fn is_in_endpoints(lines: &[&str], number: usize) -> bool {
    let above = lines.get(..number.saturating_sub(1));
    let section = above
        .unwrap_or_default()
        .iter()
        .rev()
        .find(|line| line.starts_with(|first: char| !first.is_whitespace() && first != '-'));
    section.is_some_and(|section| section.starts_with("endpoints:"))
}

fn is_structure(character: char) -> bool {
    character.is_whitespace() || ":{}[],\"'-#&*|>".contains(character)
}

/// The character behind the first key of `line` that names a secret, or resembles such a name.
fn secret_from(line: &str) -> Option<usize> {
    let mut from = 0_usize;
    let mut word = String::new();
    for character in line.chars() {
        from = from.saturating_add(1);
        if character.is_alphanumeric() || matches!(character, '_' | '-') {
            word.extend(character.to_lowercase());
        } else if matches!(character, '"' | '\'' | ' ') && !word.is_empty() {
            // A key may be quoted, and its colon may stand apart.
        } else {
            let named = character == ':' && is_suspicious(&word);
            if named || (character == ':' && word.contains("headers")) {
                return Some(from);
            }
            word.clear();
        }
    }
    None
}
