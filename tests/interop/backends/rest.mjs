// A small REST backend: laboratory results by number, and one answer that waits until the test lets it
// go, so that a request can be held in flight without guessing at times.

import { listen } from './listener.mjs';
import { refused } from './introspection.mjs';

/** What `GET /results/{number}` answers, as text: the decimals and the escape must arrive as written. */
export const RESULTS = '{"number":"MRN-1","results":[{"code":"K","value":4.10,"unit":"mmol/l"},{"code":"CRP","value":1E-3}],"note":"\\u00e9"}';

/** Starts the backend; `held.release()` answers every request to `/held`. */
export async function startRest(check) {
  let release;
  const released = new Promise((resolve) => {
    release = resolve;
  });
  let arrive;
  const arrived = new Promise((resolve) => {
    arrive = resolve;
  });
  const listener = await listen(async (request, response) => {
    if (await refused(check, request, response)) {
      return;
    }
    const path = request.url.split('?')[0];
    if (path === '/held') {
      arrive();
      await released;
    } else if (path !== '/results/MRN-1') {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(RESULTS);
  });
  return { ...listener, held: { arrived, release } };
}
