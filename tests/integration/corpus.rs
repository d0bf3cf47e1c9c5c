//! Real resources pass byte for byte. They are not part of the repository: `MANIFOLD_SAMPLES` names
//! the folder that holds them.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::join_all;
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use testkit::{Handler, Reply, Request, Response, Server};

use crate::support::Running;

/// How many reads are under way at once.
const AT_ONCE: usize = 16;

/// Where a resource is read: `/{shelf}/{type}/{id}`. Resources of one type and id that come from
/// different files stand on different shelves.
type Place = (usize, String, String);

/// A resource, or a Bundle of them.
#[derive(Deserialize)]
struct Outline<'file> {
    #[serde(rename = "resourceType")]
    kind: Option<Value>,
    id: Option<Value>,
    #[serde(borrow, default)]
    entry: Vec<Entry<'file>>,
}

#[derive(Deserialize)]
struct Entry<'file> {
    #[serde(borrow)]
    resource: Option<&'file RawValue>,
}

/// Serves the resources as a FHIR server would, on each shelf.
struct Library(Arc<HashMap<Place, Bytes>>);

#[async_trait]
impl Handler for Library {
    async fn handle(&self, request: Request) -> Reply {
        let segments = request.segments();
        let number = segments[0].parse().unwrap_or_default();
        let place = (number, segments[1].clone(), segments[2].clone());
        match self.0.get(&place) {
            Some(bytes) => Response::new(StatusCode::OK, "application/fhir+json", bytes.clone()),
            None => Response::empty(StatusCode::NOT_FOUND),
        }
        .into()
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "a test that did not run must say so")]
async fn f42_f43_f44_every_sample_passes_byte_for_byte() {
    let Some(folder) = std::env::var_os("MANIFOLD_SAMPLES") else {
        eprintln!("not run: MANIFOLD_SAMPLES names no folder of FHIR resources");
        return;
    };
    let samples = Arc::new(load(&PathBuf::from(folder)));
    assert!(samples.len() > 100, "too few resources: {}", samples.len());
    let library = Server::start(0, Arc::new(Library(Arc::clone(&samples)))).unwrap();
    let variables = vec![("LIBRARY_URL".to_owned(), library.url())];
    let service = Running::start(&configuration(&samples), &variables);
    let places: Vec<_> = samples.iter().collect();
    for some in places.chunks(AT_ONCE) {
        let reads = some.iter().map(|(place, bytes)| async {
            let (shelf, kind, id) = place;
            let target = format!("/{shelf}/{kind}/{id}");
            let answer = service.send("GET", &target, &[], "").await.expect(200);
            // White space around a document is not part of its value (RFC 8259 §2).
            let expected = [b"{\"it\":", bytes.trim_ascii(), b"}"].concat();
            assert!(answer.body == expected, "{target} was changed");
        });
        join_all(reads).await;
    }
}

/// A backend for each shelf, an endpoint for each type on it.
fn configuration(samples: &HashMap<Place, Bytes>) -> String {
    let kinds: BTreeSet<_> = samples
        .keys()
        .map(|(shelf, kind, _)| (shelf, kind))
        .collect();
    let shelves: BTreeSet<_> = kinds.iter().map(|(shelf, _)| shelf).collect();
    let mut yaml = String::from("backends:\n");
    for shelf in shelves {
        let url = format!("${{env:LIBRARY_URL}}/{shelf}");
        writeln!(yaml, "  shelf{shelf}: {{ fhir: R4, url: \"{url}\" }}").unwrap();
    }
    yaml.push_str("endpoints:\n");
    for (shelf, kind) in kinds {
        let call = format!("{{ backend: shelf{shelf}, read: \"{kind}/{{id}}\" }}");
        writeln!(yaml, "  - get: /{shelf}/{kind}/{{id}}\n    access: public").unwrap();
        writeln!(yaml, "    calls: {{ it: {call} }}").unwrap();
    }
    yaml
}

/// The resources of the folder's files and those in their Bundles, as far as they have an id: a
/// resource without one cannot be read.
fn load(folder: &Path) -> HashMap<Place, Bytes> {
    let mut samples = HashMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            add(&std::fs::read_to_string(&path).unwrap(), &mut samples);
        }
    }
    samples
}

fn add(text: &str, samples: &mut HashMap<Place, Bytes>) {
    let outline: Outline<'_> = serde_json::from_str(text).unwrap();
    for resource in outline.entry.iter().filter_map(|entry| entry.resource) {
        add(resource.get(), samples);
    }
    // Some samples are wrong on purpose: their id is a number.
    if let (Some(Value::String(kind)), Some(Value::String(id))) = (outline.kind, outline.id) {
        let mut place = (0, kind, id);
        while samples.contains_key(&place) {
            place.0 += 1;
        }
        samples.insert(place, Bytes::copy_from_slice(text.as_bytes()));
    }
}
