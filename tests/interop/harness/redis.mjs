// A real Redis on loopback: nothing on disk, a password, its own port.

import { execFile } from 'node:child_process';
import net from 'node:net';
import { promisify } from 'node:util';
import { start } from './process.mjs';

const run = promisify(execFile);
const PASSWORD = 'of this run only';

/** A port that nobody has: Redis takes no `0`. */
async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts Redis; `port` brings one back where another was. */
export async function startRedis({ port, password = PASSWORD } = {}) {
  const at = port ?? (await freePort());
  // By standard input: a command line can be read by everybody.
  const settings = `bind 127.0.0.1\nport ${at}\nsave ""\nappendonly no\nrequirepass "${password}"\n`;
  const server = start('redis-server', ['-'], { input: settings });
  await server.printed(/Ready to accept connections/);
  const client = (...command) =>
    run('redis-cli', ['-h', '127.0.0.1', '-p', String(at), ...command], { env: { ...process.env, REDISCLI_AUTH: password } });
  return {
    ...server,
    port: at,
    url: `redis://127.0.0.1:${at}`,
    password,
    /** Every key with its value, as one text. */
    contents: async () => {
      const keys = (await client('--raw', 'KEYS', '*')).stdout.split('\n').filter(Boolean);
      const values = await Promise.all(keys.map(async (key) => (await client('--raw', 'DUMP', key)).stdout));
      return { keys, text: [...keys, ...values].join('\n') };
    },
  };
}
