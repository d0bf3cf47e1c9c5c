//! Coverage and its key, over the wire.
#![expect(clippy::unwrap_used, reason = "tests")]

use secrecy::SecretString;

use super::{InsurerServer, InsurerServerOptions};
use crate::test_client::get;

#[tokio::test]
async fn coverage_needs_the_key_and_a_known_member() {
    let options = InsurerServerOptions {
        port: 0,
        key: SecretString::from("k&y"),
    };
    let insurer = InsurerServer::start(options).unwrap();
    for (target, status) in [
        ("/members/INS-700001/coverage?apikey=k%26y", 200),
        ("/members/INS-700001/coverage?apikey=wrong", 401),
        ("/members/INS-700001/coverage", 401),
        ("/members/INS-700004/coverage?apikey=k%26y", 404),
        ("/members?apikey=k%26y", 404),
    ] {
        let seen = get(insurer.server(), target, "").await;
        assert_eq!(
            (seen.status(), seen.json().is_object()),
            (status, true),
            "{target}"
        );
    }
}
