//! Megabytes per second of the check against what `serde_json` offers, on printed and minified
//! bodies of three sizes: `cargo bench -p json`.
//!
//! Compares ratios within one run; absolute figures are the machine's.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark")]
#![expect(
    clippy::disallowed_types,
    reason = "measures the processor, outside any runtime"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use json::{CheckedJson, Limits, Path};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

/// How long each figure is measured for.
const MEASURED: Duration = Duration::from_millis(300);
/// Bytes a socket read typically yields.
const CHUNK: usize = 16 * 1024;

fn main() {
    println!(
        "{:<34}{:>10}{:>10}{:>10}{:>10}{:>10}",
        "MB/s", "one shot", "chunks", "Ignored", "Value", "select"
    );
    for entries in [0, 8, 400] {
        let body = bundle(entries);
        report(serde_json::to_vec(&body).unwrap(), "minified");
        report(serde_json::to_vec_pretty(&body).unwrap(), "printed");
    }
    for path in std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
    {
        let name = std::path::Path::new(&path).file_stem().unwrap_or_default();
        report(std::fs::read(&path).unwrap(), &name.to_string_lossy());
    }
}

fn report(body: Vec<u8>, label: &str) {
    let body = Bytes::from(body);
    let path = Path::parse("total").unwrap();
    let figures = [
        rate(&body, || {
            CheckedJson::check(body.clone(), Limits::default())
                .unwrap()
                .len()
        }),
        rate(&body, || in_chunks(&body)),
        rate(&body, || {
            let text = std::str::from_utf8(&body).unwrap();
            black_box(serde_json::from_str::<IgnoredAny>(text).unwrap());
            1
        }),
        rate(&body, || {
            usize::from(serde_json::from_slice::<Value>(&body).unwrap().is_object())
        }),
        rate(&body, || path.select(&body).map_or(0, <[u8]>::len)),
    ];
    print!("{:<34}", format!("{label} {}", body.len()));
    for figure in figures {
        print!("{figure:>10.0}");
    }
    println!();
}

fn in_chunks(body: &Bytes) -> usize {
    let mut checker = json::Checker::new(Limits::default());
    for start in (0..body.len()).step_by(CHUNK) {
        checker
            .feed(body.slice(start..body.len().min(start + CHUNK)))
            .unwrap();
    }
    checker.finish().unwrap().len()
}

/// The best of several rounds, in megabytes per second.
fn rate(body: &Bytes, mut work: impl FnMut() -> usize) -> f64 {
    let rounds = (1_000_000 / body.len()).max(1);
    let begin = Instant::now();
    let mut best = Duration::MAX;
    while begin.elapsed() < MEASURED {
        let round = Instant::now();
        for _ in 0..rounds {
            black_box(work());
        }
        best = best.min(round.elapsed());
    }
    let bytes = u32::try_from(body.len() * rounds).unwrap_or(u32::MAX);
    f64::from(bytes) / best.as_secs_f64() / 1e6
}

/// A search result as a FHIR server writes it, with a narrative, decimals and text beyond ASCII.
fn bundle(entries: usize) -> Value {
    let observation = |place: usize| {
        json!({
            "fullUrl": format!("https://ehr.example/fhir/Observation/o-{place}"),
            "resource": {
                "resourceType": "Observation",
                "id": format!("o-{place}"),
                "meta": { "versionId": "1", "lastUpdated": "2026-01-31T12:00:00.000+01:00" },
                "text": { "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Blood pressure, größer als üblich</p></div>" },
                "status": "final",
                "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs", "display": "Vital Signs" }] }],
                "code": { "coding": [{ "system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure" }] },
                "subject": { "reference": "Patient/example" },
                "effectiveDateTime": "2026-01-31",
                "valueQuantity": { "value": 120.5, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]" }
            },
            "search": { "mode": "match" }
        })
    };
    json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "total": entries,
        "link": [{ "relation": "self", "url": "https://ehr.example/fhir/Observation?patient=example" }],
        "entry": (0..entries).map(observation).collect::<Vec<_>>(),
    })
}
