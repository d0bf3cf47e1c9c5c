//! An answer in a few lines: what each member is and how large, not what it says.

use serde_json::Value;

/// One line per member, and one per problem.
pub(super) fn outline(answer: &Value) -> String {
    let Some(members) = answer.as_object() else {
        return kind(answer);
    };
    let width = members.keys().map(String::len).max().unwrap_or_default();
    let line = |name: &str, text: String| format!("  {name:width$}  {text}");
    let lines = members.iter().flat_map(|(name, member)| match member {
        Value::Array(problems) if name == "problems" => problems
            .iter()
            .map(|entry| line(name, problem(entry)))
            .collect(),
        member => vec![line(name, kind(member))],
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// `Bundle of 27, 12.3 kB`, `Patient pat-001, 1.0 kB`, `number, results, 0.4 kB`, `null`.
fn kind(member: &Value) -> String {
    let what = match member {
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str);
            match (text("resourceType"), members.get("entry")) {
                (Some("Bundle"), entries) => {
                    let entries = entries.and_then(Value::as_array);
                    format!("Bundle of {}", entries.map_or(0, Vec::len))
                }
                (Some(resource), _) => format!("{resource} {}", text("id").unwrap_or("-")),
                (None, _) => {
                    let names: Vec<&str> = members.keys().map(String::as_str).collect();
                    format!("{{ {} }}", names.join(", "))
                }
            }
        }
        Value::Array(elements) => format!("list of {}", elements.len()),
        scalar => return scalar.to_string(),
    };
    format!("{what}, {}", size(member.to_string().len()))
}

fn problem(entry: &Value) -> String {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or("-");
    format!("{}: {}, {}", text("call"), text("code"), text("detail"))
}

/// In tenths of a kilobyte.
fn size(bytes: usize) -> String {
    let tenths = bytes.div_ceil(100);
    format!("{}.{} kB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::outline;
    use serde_json::json;

    #[test]
    fn each_member_and_each_problem_is_one_line() {
        let answer = json!({
            "patient": { "resourceType": "Patient", "id": "pat-001" },
            "vitals": { "resourceType": "Bundle", "entry": [{}, {}] },
            "results": { "number": "LAB-1", "results": [] },
            "coverage": null,
            "ages": [1, 2, 3],
            "count": 3,
            "problems": [
                { "call": "coverage", "backend": "insurer", "code": "upstream_connect", "detail": "no connection to the backend" },
            ],
        });
        assert_eq!(
            outline(&answer),
            "  patient   Patient pat-001, 0.1 kB
  vitals    Bundle of 2, 0.1 kB
  results   { number, results }, 0.1 kB
  coverage  null
  ages      list of 3, 0.1 kB
  count     3
  problems  coverage: upstream_connect, no connection to the backend"
        );
    }
}
