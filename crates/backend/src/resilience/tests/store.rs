//! Which backends share a state.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::{ResilienceSettings, ResilienceStore, retry};
use crate::{ConcurrencySettings, NoObserver};

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

#[test]
fn equal_definitions_are_one_state_as_long_as_somebody_holds_it() {
    let store = ResilienceStore::default();
    let wanted = ResilienceSettings {
        concurrency: Some(ConcurrencySettings {
            limit: 1,
            queue: 0,
            wait: Duration::from_millis(1),
        }),
        ..ResilienceSettings::default()
    };
    let more = ResilienceSettings {
        retry: Some(retry()),
        ..wanted.clone()
    };
    let here = url("https://ehr.example/fhir");
    let open = |alias: &str, url: &Url, wanted| {
        store.open(&alias.into(), url, wanted, Arc::new(NoObserver))
    };
    let first = open("ehr", &here, &wanted).unwrap();
    assert!(Arc::ptr_eq(&first, &open("ehr", &here, &wanted).unwrap()));
    for other in [
        open("labs", &here, &wanted),
        open("ehr", &url("https://ehr.example/fhir2"), &wanted),
        open("ehr", &here, &more),
    ] {
        assert!(!Arc::ptr_eq(&first, &other.unwrap()));
    }
    assert!(open("ehr", &here, &ResilienceSettings::default()).is_none());
    assert_eq!(format!("{store:?}"), "ResilienceStore { in_use: 1 }");
    drop(first);
    assert_eq!(format!("{store:?}"), "ResilienceStore { in_use: 0 }");
}
