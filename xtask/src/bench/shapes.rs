//! What each shape of an answer costs at two sizes, and that the cost grows with the calls and no
//! faster: counts to read, which gate nothing.

use std::path::Path;

use anyhow::Result;

use super::callgrind::{Counts, Subject};
use super::gateway::{configure_with, endpoint};
use super::load::aggregate;
use super::report::{Hundredths, Row, table};
use super::size::Size;
use super::stub::{BACKENDS, Stub};

/// Requests that are counted: fewer than where a percent matters.
const COUNTED: u64 = 300;
/// How many calls an endpoint makes.
const WIDTHS: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];
const SIZES: [Size; 2] = [Size::Small, Size::Medium];

/// A shape of the answer.
struct Shape {
    name: &'static str,
    /// `response:` of the endpoint.
    response: &'static str,
    /// The answer, made of the body that every backend sends.
    expected: fn(Size) -> String,
}

const SHAPES: [Shape; 5] = [
    Shape {
        name: "members",
        response: "",
        expected: aggregate,
    },
    Shape {
        name: "rename",
        response: "{ rename: { first: one }, drop: [third] }",
        expected: |size| format!(r#"{{"one":{body},"second":{body}}}"#, body = size.body()),
    },
    Shape {
        name: "select",
        response: "{ select: { id: \"{calls.first.entry[0].resource.id}\", value: \"{calls.second.entry[0].resource.valueQuantity.value}\" } }",
        expected: |_| r#"{"id":"o0","value":36.00}"#.to_owned(),
    },
    Shape {
        name: "jq one call",
        response: "{ jq: \"{id: .calls.first.entry[0].resource.id, value: .calls.first.entry[0].resource.valueQuantity.value}\" }",
        expected: |_| r#"{"id":"o0","value":36.00}"#.to_owned(),
    },
    Shape {
        name: "jq all calls",
        response: "{ jq: \"[.calls.first, .calls.second, .calls.third | .entry[].resource.id]\" }",
        expected: |size| {
            let entries = size.body().matches(r#""id":""#).count();
            let ids: Vec<String> = (0..entries)
                .map(|number| format!(r#""o{number}""#))
                .collect();
            format!("[{}]", [ids.as_slice(), &ids, &ids].concat().join(","))
        },
    },
];

/// Measures and prints both tables.
///
/// # Errors
/// When something cannot be started or an answer is wrong.
pub(super) fn run(folder: &Path, binary: &Path, stub: &Stub) -> Result<()> {
    let mut text = String::new();
    let mut subjects = Vec::new();
    let configuration = folder.join("manifold-shapes.yaml");
    let subject = |route: String, expected, calls| Subject {
        configuration: configuration.clone(),
        route,
        expected,
        calls,
        counted: COUNTED,
    };
    for shape in &SHAPES {
        for size in SIZES {
            let route = format!("{}-{}", shape.name.replace(' ', "-"), size.name());
            let calls = BACKENDS
                .iter()
                .map(|name| ((*name).to_owned(), *name, size.name()));
            endpoint(&mut text, &route, calls, shape.response)?;
            subjects.push(subject(
                route,
                (shape.expected)(size),
                BACKENDS.len() as u64,
            ));
        }
    }
    let body = Size::Small.body();
    for width in WIDTHS {
        let route = format!("width-{width}");
        let calls = (0..width).zip(BACKENDS.iter().cycle());
        let calls = calls.map(|(call, backend)| (format!("c{call}"), *backend, "small"));
        endpoint(&mut text, &route, calls, "")?;
        let members: Vec<String> = (0..width)
            .map(|call| format!("\"c{call}\":{body}"))
            .collect();
        subjects.push(subject(route, format!("{{{}}}", members.join(",")), width));
    }
    configure_with(&configuration, stub, 1, &text)?;
    let counts: Vec<Counts> = subjects
        .iter()
        .map(|subject| subject.count(folder, binary, stub))
        .collect::<Result<_>>()?;
    let (shapes, widths) = counts.split_at(SHAPES.len() * SIZES.len());
    let rows: Vec<Row> = SHAPES
        .iter()
        .zip(shapes.chunks(SIZES.len()))
        .map(|(shape, counts)| (shape.name.to_owned(), figures(counts, 1)))
        .collect();
    let columns = ["300 B", "allocations", "10 KB", "allocations"];
    table(&columns, &rows)?;
    let rows: Vec<Row> = WIDTHS
        .iter()
        .zip(widths)
        .map(|(width, counts)| {
            let mut row = figures(&[*counts], 1);
            row.extend(figures(&[*counts], *width));
            (format!("{width} calls of 300 B"), row)
        })
        .collect();
    table(
        &["instructions", "allocations", "per call", "allocations"],
        &rows,
    )
}

/// Instructions and allocations, divided.
fn figures(counts: &[Counts], by: u64) -> Vec<String> {
    let figures = counts.iter().flat_map(|counts| {
        let allocations = Hundredths(counts.allocations / by);
        [
            (counts.instructions / by).to_string(),
            allocations.to_string(),
        ]
    });
    figures.collect()
}
