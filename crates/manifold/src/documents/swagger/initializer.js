// The page's library writes passwords in Latin-1; the service reads UTF-8, as its challenge says
// (RFC 7617, section 2.1).
function basicInUtf8() {
  const authorized = window.ui.authSelectors.authorized().toJS();
  const basic = Object.values(authorized).find((entry) => entry.schema.scheme === "basic");
  if (!basic) {
    return undefined;
  }
  const bytes = new TextEncoder().encode(`${basic.value.username}:${basic.value.password}`);
  return "Basic " + btoa(String.fromCharCode(...bytes));
}

window.onload = function () {
  window.ui = SwaggerUIBundle({
    // Beside the page, so that the browser sends the login that the page was opened with (RFC 7617,
    // section 2.2); in full, because the page's own address may hold that login, and no script may ask
    // for such an address.
    url: new URL("openapi.json", window.location.origin + window.location.pathname).href,
    dom_id: "#swagger-ui",
    deepLinking: true,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    // Closed until asked for: what a reader looks for first is above.
    defaultModelsExpandDepth: 0,
    // The tab is called as the service is.
    onComplete: function () {
      document.title = window.ui.specSelectors.info().get("title") || document.title;
    },
    // Credentials would lie in the browser's storage.
    persistAuthorization: false,
    // The public validator would be sent the document.
    validatorUrl: null,
    // Tells the service that a page's script asks: its challenge then opens no login box.
    requestInterceptor: function (request) {
      request.headers["X-Requested-With"] = "swagger-ui";
      if ((request.headers.Authorization || "").startsWith("Basic ")) {
        request.headers.Authorization = basicInUtf8() || request.headers.Authorization;
      }
      return request;
    },
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
  });
};
