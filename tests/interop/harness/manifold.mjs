// The program under test: started on a generated configuration, called as a client calls it.
// `MANIFOLD_BINARY` is given by `cargo xtask interop`.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PORTAL, configuration, environment } from './configuration.mjs';
import { freePort, start, until } from './process.mjs';
import { temporaryFolder } from './stack.mjs';

/** The header of a Basic client. */
export const basic = ({ username, password }) => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Starts Manifold in front of a stack and waits until it is ready. */
export async function startManifold(stack, doomed) {
  const listen = `127.0.0.1:${await freePort()}`;
  const admin = `127.0.0.1:${await freePort()}`;
  const file = path.join(await temporaryFolder(), 'manifold.yaml');
  await writeFile(file, JSON.stringify(configuration({ listen, admin, stack, doomed }), null, 2));
  const program = start(process.env.MANIFOLD_BINARY, ['run', file], { environment: environment() });
  const ready = until('readiness', async () => (await fetch(`http://${admin}/readyz`)).ok);
  const ended = program.exited.then(() => {
    throw new Error(`manifold ended:\n${program.output()}`);
  });
  // Only the start is watched: later the end is what a test asks for.
  ended.catch(() => {});
  await Promise.race([ready, ended]);
  const url = `http://${listen}`;
  return {
    ...program,
    url,
    admin: `http://${admin}`,
    /** A request as the portal makes it; the body is kept as text and, when it is JSON, parsed. */
    get: async (route, headers = { authorization: basic(PORTAL) }) => {
      const answer = await fetch(`${url}${route}`, { headers });
      const text = await answer.text();
      const json = /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
      return { status: answer.status, headers: answer.headers, complete: answer.headers.get('manifold-complete'), text, json };
    },
  };
}
