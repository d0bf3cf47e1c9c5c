// `manifold demo` as a process of its own, on any free ports.

import { start } from './process.mjs';

const ANY_PORT = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--control', '127.0.0.1:0'];

/** Starts the demo and waits until it has said everything it prints. */
export async function startDemo() {
  const demo = start(process.env.MANIFOLD_BINARY, ['demo', ...ANY_PORT]);
  await demo.printed(/Ctrl-C/);
  const [, url] = await demo.printed(/OpenAPI\s+(http:\/\/\S+)\/openapi\.json/);
  const [, control] = await demo.printed(/Faults\s+(http:\/\/\S+)\//);
  const turn = async (method, what) => {
    const answer = await fetch(`${control}/${what}`, { method });
    if (!answer.ok) {
      throw new Error(`${method} ${what}: ${answer.status}`);
    }
  };
  return {
    ...demo,
    url,
    /** Runs `action` while a backend has a fault. */
    during: async (backend, fault, action) => {
      await turn('POST', `${backend}/${fault}`);
      try {
        return await action();
      } finally {
        await turn('DELETE', backend);
      }
    },
  };
}
