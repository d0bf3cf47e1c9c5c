// Child processes of the suite: started, awaited until ready, and stopped by their own id, also when a
// test fails or the run is interrupted. Nothing is ever stopped by name.

import { spawn } from 'node:child_process';

const READY_WITHIN_MILLISECONDS = 60_000;
const running = new Set();

process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(1));
}

/** Starts a program; its output is kept for assertions and for the message when it does not come up. */
export function start(program, parameters, { environment = {}, directory, input } = {}) {
  const child = spawn(program, parameters, {
    cwd: directory,
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  let output = '';
  const watchers = new Set();
  const append = (chunk) => {
    output += chunk;
    watchers.forEach((watch) => watch());
  };
  child.stdout.setEncoding('utf8').on('data', append);
  child.stderr.setEncoding('utf8').on('data', append);
  child.on('error', (error) => append(`${error}\n`));
  // `close`, not `exit`: by then all output has been read.
  const exited = new Promise((resolve) => {
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
      watchers.forEach((watch) => watch());
    });
  });

  /** The match of `pattern` in the output, as soon as it is there. */
  const printed = (pattern, within = READY_WITHIN_MILLISECONDS) =>
    new Promise((resolve, reject) => {
      const fail = (why) => settle(() => reject(new Error(`${program} ${why}; it printed:\n${output}`)));
      const timer = setTimeout(() => fail(`did not print ${pattern}`), within);
      const settle = (action) => {
        clearTimeout(timer);
        watchers.delete(watch);
        action();
      };
      const watch = () => {
        const match = pattern.exec(output);
        if (match) {
          settle(() => resolve(match));
        } else if (child.exitCode !== null || child.signalCode !== null) {
          fail('ended');
        }
      };
      watchers.add(watch);
      watch();
    });

  const stop = (signal = 'SIGKILL') => {
    child.kill(signal);
    return exited;
  };
  return { id: child.pid, exited, printed, stop, output: () => output };
}

/** Repeats `attempt` until it returns something true; what it threw last is in the error. */
export async function until(what, attempt, { within = READY_WITHIN_MILLISECONDS, every = 100 } = {}) {
  const end = performance.now() + within;
  let last;
  while (performance.now() < end) {
    try {
      const result = await attempt();
      if (result) {
        return result;
      }
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  }
  throw new Error(`${what}: not within ${within} ms`, { cause: last });
}
