// The project's own stub servers as a process, for tests that hold them against other people's clients.
// `INTEROP_STUBS` is given by `cargo xtask interop`.

import { start } from './process.mjs';

/** Starts the servers of a declaration; `url` is that of one of them. */
export async function startStubs(declaration) {
  const program = start(process.env.INTEROP_STUBS, [], { input: JSON.stringify(declaration) });
  await program.printed(/^ready$/m);
  const urls = new Map([...program.output().matchAll(/^(\S+) (http\S+)$/gm)].map(([, name, url]) => [name, url]));
  return { ...program, url: (name) => urls.get(name) };
}
