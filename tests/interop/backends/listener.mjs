// A backend's listener on an ephemeral loopback port, with a record of what arrived: the suite asserts
// on requests and tokens as the backend saw them.

import http from 'node:http';
import { bearer } from './introspection.mjs';

/** Starts a listener; `handle(request, response)` answers. */
export async function listen(handle) {
  const requests = [];
  const server = http.createServer(async (request, response) => {
    const { method, url, headers } = request;
    requests.push({ method, url, headers, token: bearer(request) });
    try {
      await handle(request, response);
    } catch {
      // The authorization server or the FHIR server behind this backend is gone, or whoever asked is.
      if (response.headersSent) {
        response.destroy();
      } else {
        response.writeHead(502).end();
      }
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    /** The token of the last request, as it arrived. */
    lastToken: () => requests.findLast((request) => request.token !== undefined)?.token,
    /** Connections are refused from here on. */
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
