//! The page that shows the document: Swagger UI, served from the binary.
//!
//! Its settings are ours (`swagger/initializer.js`), since some of them are code: every request
//! carries `X-Requested-With`, so that a wrong password does not open the browser's login box and
//! hang the page; and the document is asked for where the browser sends the page's own login unasked,
//! since nobody could answer a challenge to it. Credentials are not kept in the browser's storage.

use std::borrow::Cow;
use std::sync::Arc;

use utoipa_swagger_ui::{Config, serve};

/// What the page may load: its own files, the styles that it writes into its elements, and the
/// icons that its style sheet holds. Nothing from, and nothing to, any other host.
pub(crate) const CONTENT_SECURITY_POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

const INITIALIZER: &[u8] = include_bytes!("swagger/initializer.js");

/// A file of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SwaggerFile {
    /// Its media type.
    pub(crate) content_type: String,
    /// The file.
    pub(crate) bytes: Cow<'static, [u8]>,
}

/// The file at `path` below `/docs/`, the page itself for an empty one; `None` if there is none.
/// The page refers to its files relatively: `/docs` without the slash must redirect.
pub(crate) fn swagger(path: &str) -> Option<SwaggerFile> {
    if path == "swagger-initializer.js" {
        let content_type = "text/javascript; charset=utf-8".to_owned();
        return Some(SwaggerFile {
            content_type,
            bytes: Cow::Borrowed(INITIALIZER),
        });
    }
    // The library's configuration is written into its own initializer only, which is not served.
    let file = serve(path, Arc::new(Config::from("/docs/openapi.json"))).ok()??;
    Some(SwaggerFile {
        content_type: file.content_type,
        bytes: Cow::Owned(file.bytes.into_owned()),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::swagger;

    fn text(path: &str) -> String {
        String::from_utf8(swagger(path).unwrap().bytes.into_owned()).unwrap()
    }

    #[test]
    fn every_file_the_page_refers_to_is_served() {
        let page = swagger("").unwrap();
        assert_eq!(page.content_type, "text/html");
        let page = String::from_utf8(page.bytes.into_owned()).unwrap();
        let names = page.split('"').filter_map(|part| {
            part.strip_prefix("./")
                .or((part == "index.css").then_some(part))
        });
        let names: Vec<&str> = names.collect();
        assert!(
            names.contains(&"swagger-initializer.js") && names.len() >= 5,
            "{names:?}"
        );
        assert!(names.into_iter().all(|name| swagger(name).is_some()));
        assert_eq!(swagger("no-such-file.js"), None);
        assert_eq!(swagger("../Cargo.toml"), None);
    }

    #[test]
    fn a27_the_page_says_that_a_script_asks_and_keeps_no_credentials() {
        let initializer = text("swagger-initializer.js");
        assert!(initializer.contains(r#"request.headers["X-Requested-With"] = "swagger-ui""#));
        assert!(initializer.contains("persistAuthorization: false"));
        assert!(initializer.contains("defaultModelsExpandDepth: 0"));
        assert!(initializer.contains("validatorUrl: null"));
    }

    #[test]
    fn the_page_has_no_script_of_its_own_that_the_policy_would_refuse() {
        let page = text("index.html");
        assert!(
            page.split("<script")
                .skip(1)
                .all(|script| script.trim_start().starts_with("src=\"./"))
        );
    }
}
