// OAuth in front of the real FHIR server: a token is introspected, then the request goes on with the
// FHIR server's own credential. Bodies pass untouched, so that a test can compare them byte for byte;
// paging links need no rewriting because the FHIR server is told this proxy's address as its base.

import http from 'node:http';
import { pipeline } from 'node:stream/promises';
import { listen } from './listener.mjs';
import { refused } from './introspection.mjs';

/** Starts the proxy; `forwardTo(port, authorization)` tells it where the FHIR server is. */
export async function startProxy(check) {
  let target;
  const listener = await listen(async (request, response) => {
    if (await refused(check, request, response)) {
      return;
    }
    const headers = { ...request.headers, authorization: target.authorization };
    const onward = http.request({
      host: '127.0.0.1',
      port: target.port,
      method: request.method,
      path: request.url,
      headers,
    });
    const answered = new Promise((resolve, reject) => {
      onward.on('response', resolve);
      onward.on('error', reject);
    });
    request.pipe(onward);
    const answer = await answered;
    response.writeHead(answer.statusCode, answer.rawHeaders);
    await pipeline(answer, response);
  });
  return {
    ...listener,
    forwardTo: (port, authorization) => {
      target = { port, authorization };
    },
  };
}
