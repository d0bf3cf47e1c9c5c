// The program under test: started on a generated configuration, called as a client calls it.
// `MANIFOLD_BINARY` is given by `cargo xtask interop`.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PORTAL, configuration, environment } from './configuration.mjs';
import { start, until } from './process.mjs';
import { temporaryFolder } from './stack.mjs';

/** The header of a Basic client. */
export const basic = ({ username, password }) => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Starts Manifold in front of a stack and waits until it is ready. */
export const startManifold = (stack, doomed) => startConfigured(configuration(stack, doomed), environment());

/** Starts Manifold on any configuration and waits until it is ready. */
export async function startConfigured(settings, variables) {
  const file = path.join(await temporaryFolder(), 'manifold.yaml');
  await writeFile(file, JSON.stringify(settings, null, 2));
  const program = start(process.env.MANIFOLD_BINARY, ['run', file], { environment: variables });
  const [, address, adminAddress] = await program.printed(/serving address=(\S+) admin=(\S+)/);
  const url = `http://${address}`;
  const admin = `http://${adminAddress}`;
  await until('readiness', async () => (await fetch(`${admin}/readyz`)).ok);
  return {
    ...program,
    file,
    url,
    admin,
    /** A request as the portal makes it; the body is kept as text and, when it is JSON, parsed. */
    get: async (route, headers = { authorization: basic(PORTAL) }) => {
      const answer = await fetch(`${url}${route}`, { headers });
      const text = await answer.text();
      const json = /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
      return { status: answer.status, headers: answer.headers, complete: answer.headers.get('manifold-complete'), text, json };
    },
  };
}
