//! What each shape of an answer costs at two sizes, and that the cost grows with the calls and no
//! faster.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::baseline::{Growth, Measured};
use super::callgrind::{Counts, Session, Subject};
use super::gateway::{configure_with, endpoint};
use super::load::{CONNECTIONS, aggregate};
use super::report::{Hundredths, Row, table};
use super::size::Size;
use super::stub::{BACKENDS, Stub};

/// Requests that are counted: fewer than where a percent matters.
const COUNTED: u64 = 300;
/// Calls that are counted where an endpoint makes many: fewer requests then.
const COUNTED_CALLS: u64 = 6_400;
/// How many calls an endpoint makes.
pub(super) const ALL_WIDTHS: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];
/// The widths without which growth is not to be seen.
pub(super) const GATED_WIDTHS: [u64; 4] = [2, 4, 32, 64];
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

/// Measures and prints both tables; returns every count by its name, and what one call more costs.
///
/// # Errors
/// When something cannot be started or an answer is wrong.
pub(super) fn run(
    folder: &Path,
    binary: &Path,
    stub: &Stub,
    widths: &[u64],
) -> Result<(Measured, Growth)> {
    let mut text = String::new();
    let mut subjects = shapes(&mut text)?;
    for width in widths {
        subjects.push(fan_out(&mut text, *width)?);
    }
    let configuration = folder.join("manifold-shapes.yaml");
    configure_with(&configuration, stub, 1, &text)?;
    let mut session = Session::start((folder, binary), stub, &configuration, CONNECTIONS)?;
    let counts: Vec<Counts> = subjects
        .iter()
        .map(|subject| session.count(subject))
        .collect::<Result<_>>()?;
    let (of_shapes, of_widths) = counts.split_at(SHAPES.len() * SIZES.len());
    let rows: Vec<Row> = SHAPES
        .iter()
        .zip(of_shapes.chunks(SIZES.len()))
        .map(|(shape, counts)| (shape.name.to_owned(), figures(counts, 1)))
        .collect();
    let columns = ["300 B", "allocations", "10 KB", "allocations"];
    table(&columns, &rows)?;
    let of_widths: Vec<(u64, Counts)> = widths.iter().copied().zip(of_widths.to_vec()).collect();
    let rows: Vec<Row> = of_widths
        .iter()
        .map(|(width, counts)| {
            let mut row = figures(&[*counts], 1);
            row.extend(figures(&[*counts], *width));
            (format!("{width} calls of 300 B"), row)
        })
        .collect();
    table(
        &["instructions", "allocations", "per call", "allocations"],
        &rows,
    )?;
    let growth = Growth {
        few: one_more(&of_widths, 2, 4)?,
        many: one_more(&of_widths, 32, 64)?,
    };
    let row = |name: &str, figure: u64| (name.to_owned(), vec![figure.to_string()]);
    let rows = [
        row("between 2 and 4 calls", growth.few),
        row("between 32 and 64 calls", growth.many),
    ];
    table(&["one more"], &rows)?;
    let names = subjects.into_iter().map(|subject| subject.route);
    Ok((names.zip(counts).collect(), growth))
}

/// Appends an endpoint for each shape and size.
fn shapes(text: &mut String) -> Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    for shape in &SHAPES {
        for size in SIZES {
            let route = format!("{}-{}", shape.name.replace(' ', "-"), size.name());
            let calls = BACKENDS
                .iter()
                .map(|name| ((*name).to_owned(), *name, size.name()));
            endpoint(text, &route, calls, shape.response)?;
            subjects.push(Subject {
                route,
                expected: (shape.expected)(size),
                calls: BACKENDS.len() as u64,
                counted: COUNTED,
            });
        }
    }
    Ok(subjects)
}

/// Appends an endpoint with so many calls.
fn fan_out(text: &mut String, width: u64) -> Result<Subject> {
    let route = format!("width-{width}");
    let calls = (0..width).zip(BACKENDS.iter().cycle());
    let calls = calls.map(|(call, backend)| (format!("c{call}"), *backend, "small"));
    endpoint(text, &route, calls, "")?;
    let body = Size::Small.body();
    let members: Vec<String> = (0..width)
        .map(|call| format!("\"c{call}\":{body}"))
        .collect();
    Ok(Subject {
        route,
        expected: format!("{{{}}}", members.join(",")),
        calls: width,
        counted: COUNTED.min(COUNTED_CALLS / width),
    })
}

/// Instructions for one call more, between two widths.
fn one_more(counts: &[(u64, Counts)], narrow: u64, wide: u64) -> Result<u64> {
    let of = |width: u64| {
        let found = counts.iter().find(|(one, _)| *one == width);
        found
            .map(|(_, counts)| counts.instructions)
            .with_context(|| format!("{width} calls were not measured"))
    };
    Ok(of(wide)?.saturating_sub(of(narrow)?) / (wide - narrow))
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
