//! Real public Bundles, where a folder of them is at hand.
//!
//! The folder is named by the environment variable `MANIFOLD_SAMPLES`; it is not part of the
//! repository.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests; says when it did not run"
)]

use std::path::PathBuf;
use std::{env, fs};

use json::{CheckedJson, Limits};
use url::Url;

use crate::bundle::{self, Collected, Incomplete, Mode, NotASearchset, Wanted};
use crate::outcome::{self, Cap, IssueCode, Severity};
use crate::paging::{self, Pager};
use crate::resource;

fn folder() -> Option<PathBuf> {
    let folder = env::var_os("MANIFOLD_SAMPLES").map(PathBuf::from);
    if folder.is_none() {
        println!("did not run: MANIFOLD_SAMPLES is not set");
    }
    folder
}

fn read(name: &str) -> Option<CheckedJson> {
    let path = folder()?.join(name).with_extension("json");
    let bytes = fs::read(path).unwrap();
    Some(CheckedJson::check(bytes.into(), Limits::default()).unwrap())
}

#[test]
fn f18_a_hapi_servers_next_link_is_followed_to_its_base() {
    let Some(body) = read("fdp-hapi-patient_searchset") else {
        return;
    };
    let page = bundle::page(&body).unwrap();
    assert_eq!((page.entries.len(), page.total), (1, Some(1)));
    let base = Url::parse("http://localhost:9020/openmrs/ws/fhir2/R4").unwrap();
    let first = Url::parse("http://localhost:9020/openmrs/ws/fhir2/R4/Patient?given=B").unwrap();
    let limits = paging::Limits {
        pages: 3,
        entries: 100,
    };
    let link = page.next.unwrap();
    let step = Pager::new(&base, &first, limits).next(&link, &first);
    let followed = step.map(String::from).unwrap();
    assert_eq!(followed, link);
    assert!(followed.starts_with("http://localhost:9020/openmrs/ws/fhir2/R4?_getpages="));
    let elsewhere = Url::parse("http://localhost/openmrs/ws/fhir2/R4").unwrap();
    assert!(
        Pager::new(&elsewhere, &first, limits)
            .next(&link, &first)
            .is_err()
    );
}

#[test]
fn f9_f42_hl7s_search_is_collected_with_its_total_and_its_bytes() {
    let Some(body) = read("hl7-r4-Bundle-bundle-example") else {
        return;
    };
    let page = bundle::page(&body).unwrap();
    let modes: Vec<_> = page.entries.iter().map(|entry| entry.mode).collect();
    assert_eq!(modes, [Some(Mode::Match), Some(Mode::Include)]);
    let resources: Vec<_> = page
        .entries
        .iter()
        .map(|entry| entry.resource.bytes())
        .collect();
    let collection = bundle::collect(Collected {
        pages: vec![page],
        searched: "MedicationRequest",
        wanted: Wanted::Entries,
        backend: "ehr",
        stopped: None,
    });
    let missing = Incomplete::Missing {
        returned: 1,
        total: 3,
    };
    assert_eq!(collection.incomplete, Some(missing));
    let again = bundle::page(&collection.bundle).unwrap();
    assert_eq!((again.total, again.next), (Some(3), None));
    assert_eq!(again.entries.len(), 3);
    for (entry, resource) in again.entries.iter().zip(resources) {
        assert_eq!(entry.resource.bytes(), resource);
    }
}

#[test]
fn f15_hl7s_warning_in_a_search_is_kept_and_not_counted() {
    let Some(body) = read("hl7-r4-Bundle-bundle-search-warning") else {
        return;
    };
    let page = bundle::page(&body).unwrap();
    let issues = outcome::issues(
        &page.entries.first().unwrap().resource.bytes(),
        Cap::default(),
    );
    let collection = bundle::collect(Collected {
        pages: vec![page],
        searched: "Observation",
        wanted: Wanted::Entries,
        backend: "ehr",
        stopped: None,
    });
    assert_eq!((collection.matches, collection.incomplete), (0, None));
    assert_eq!(bundle::page(&collection.bundle).unwrap().entries.len(), 1);
    let issue = issues.first().unwrap();
    assert_eq!(
        (issue.severity, issue.code),
        (Severity::Warning, IssueCode::NotFound)
    );
}

#[test]
fn a26_hl7s_outcomes_are_read() {
    let table = [
        (
            "break-the-glass",
            Severity::Information,
            IssueCode::Suppressed,
        ),
        ("exception", Severity::Error, IssueCode::Exception),
        ("searchfail", Severity::Fatal, IssueCode::CodeInvalid),
    ];
    for (name, severity, code) in table {
        let Some(body) = read(&format!("hl7-r4-OperationOutcome-{name}")) else {
            return;
        };
        let issues = outcome::issues(&body.bytes(), Cap::default());
        let issue = issues.first().unwrap();
        assert_eq!((issue.severity, issue.code), (severity, code), "{name}");
        assert!(issue.diagnostics.is_some(), "{name}");
    }
}

#[test]
fn f38_f43_every_sample_is_read_and_only_searchsets_are_pages() {
    let Some(folder) = folder() else {
        return;
    };
    let mut pages = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let body = CheckedJson::check(bytes.into(), Limits::default()).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            resource::head(&body.bytes()).resource_type.is_some(),
            "{name}"
        );
        match bundle::page(&body) {
            Ok(_) => pages += 1,
            Err(fault) => assert!(
                matches!(fault, NotASearchset::NotABundle | NotASearchset::Type),
                "{name}: {fault}"
            ),
        }
    }
    assert_eq!(pages, 4);
}
