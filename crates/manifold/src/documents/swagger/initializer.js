window.onload = function () {
  window.ui = SwaggerUIBundle({
    // Relative, so that the page also works below another path.
    url: "../openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    // Credentials would lie in the browser's storage.
    persistAuthorization: false,
    // The public validator would be sent the document.
    validatorUrl: null,
    // Tells the service that a page's script asks: its challenge then opens no login box.
    requestInterceptor: function (request) {
      request.headers["X-Requested-With"] = "swagger-ui";
      return request;
    },
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
  });
};
