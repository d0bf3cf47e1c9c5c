//! From method and path to an endpoint of the revision.

use actix_web::http::Method;
use matchit::Router;

/// The routes of one revision, one table per method.
#[derive(Default)]
pub(crate) struct Routes {
    tables: Vec<(Method, Router<usize>)>,
}

/// Where a request goes.
#[derive(Debug)]
pub(crate) enum Route<'p> {
    /// To the endpoint with this index, with the path's values as they stand in the URL.
    Endpoint(usize, Vec<(&'p str, &'p str)>),
    /// The path exists with other methods: an `Allow` header's value.
    OtherMethods(String),
    /// No endpoint has this path.
    Nowhere,
}

impl Routes {
    /// Adds an endpoint's route.
    ///
    /// # Errors
    /// When the route is malformed or conflicts with another; configuration refuses both at load.
    pub(crate) fn add(
        &mut self,
        method: &Method,
        route: &str,
        index: usize,
    ) -> Result<(), matchit::InsertError> {
        let position = self.tables.iter().position(|(known, _)| known == method);
        let position = position.unwrap_or_else(|| {
            self.tables.push((method.clone(), Router::new()));
            self.tables.len() - 1
        });
        match self.tables.get_mut(position) {
            Some((_, router)) => router.insert(route, index),
            None => Ok(()),
        }
    }

    /// Finds the endpoint for a request. HEAD goes where GET goes (RFC 9110 §9.3.2).
    pub(crate) fn find<'p>(&'p self, method: &Method, path: &'p str) -> Route<'p> {
        let wanted = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        for (known, router) in &self.tables {
            if known == wanted
                && let Ok(found) = router.at(path)
            {
                return Route::Endpoint(*found.value, found.params.iter().collect());
            }
        }
        let others: Vec<&str> = self
            .tables
            .iter()
            .filter(|(_, router)| router.at(path).is_ok())
            .map(|(method, _)| match method.as_str() {
                "GET" => "GET, HEAD",
                other => other,
            })
            .collect();
        if others.is_empty() {
            Route::Nowhere
        } else {
            Route::OtherMethods(others.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;

    fn routes() -> Routes {
        let mut routes = Routes::default();
        routes.add(&Method::GET, "/patients/{id}", 0).unwrap();
        routes.add(&Method::PUT, "/patients/{key}", 1).unwrap();
        routes
            .add(&Method::GET, "/patients/{id}/summary", 2)
            .unwrap();
        routes
    }

    #[test]
    fn a_route_is_found_with_its_values_as_they_stand() {
        let routes = routes();
        for (method, path, index, name, value) in [
            (Method::GET, "/patients/a%2Fb", 0, "id", "a%2Fb"),
            (Method::HEAD, "/patients/1", 0, "id", "1"),
            (Method::PUT, "/patients/1", 1, "key", "1"),
            (Method::GET, "/patients/../summary", 2, "id", ".."),
        ] {
            let Route::Endpoint(found, values) = routes.find(&method, path) else {
                panic!("{path}")
            };
            assert_eq!((found, values), (index, vec![(name, value)]));
        }
    }

    #[test]
    fn other_methods_are_named_and_other_paths_lead_nowhere() {
        let routes = routes();
        assert!(
            matches!(routes.find(&Method::DELETE, "/patients/1"), Route::OtherMethods(allow) if allow == "GET, HEAD, PUT")
        );
        for path in [
            "/",
            "/patients",
            "/patients/",
            "/patients/1/",
            "//patients/1",
            "/patients/1/x",
        ] {
            assert!(
                matches!(routes.find(&Method::GET, path), Route::Nowhere),
                "{path}"
            );
        }
    }
}
