// `manifold demo`: what it prints for a newcomer to paste works as printed.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { startDemo } from '../harness/demo.mjs';
import { temporaryFolder } from '../harness/stack.mjs';

const run = promisify(execFile);
const CURL = /^ *(?:\$ )?(curl .+)$/gm;

describe('manifold demo', () => {
  let demo;
  let folder;
  before(async () => {
    folder = await temporaryFolder();
    // The lines are run as printed; what a script needs besides stands in curl's own settings.
    await writeFile(path.join(folder, '.curlrc'), 'silent\nshow-error\nmax-time = 30\nwrite-out = "\\nstatus %{http_code}\\n"\n');
    demo = await startDemo();
  });
  after(() => demo?.stop());

  /** The statuses that one printed line leads to, in order. */
  const statuses = async (line) => {
    const { stdout } = await run('bash', ['-c', line], { env: { ...process.env, CURL_HOME: folder } });
    return [...stdout.matchAll(/^status (\d{3})$/gm)].map(([, status]) => Number(status));
  };

  it('prints curl lines that answer as it says', async () => {
    const lines = [...demo.output().matchAll(CURL)].map(([, line]) => line);
    assert.ok(lines.length > 1, demo.output());
    for (const line of lines) {
      const answered = await statuses(line);
      const said = /# (\d{3})$/.exec(line)?.[1];
      const fault = line.split('#')[0].includes(';');
      if (said) {
        // What goes before it in the same line is a switch.
        assert.equal(answered.at(-1), Number(said), line);
        assert.ok(answered.slice(0, -1).every((status) => status < 300), line);
      } else if (fault) {
        // A fault is switched on, seen, switched off: the switches succeed, what is seen is any answer of ours.
        assert.ok(answered.length === 3 && answered.every((status) => status >= 200 && status !== 500), `${line}: ${answered}`);
        assert.ok(answered[0] < 300 && answered[2] < 300, `${line}: ${answered}`);
      } else {
        assert.ok(answered.length === 1 && answered[0] < 300, `${line}: ${answered}`);
      }
    }
  });

  it('serves its documents where it says', async () => {
    const [url] = await demo.printed(/http:\/\/\S+\/docs\//);
    const page = await fetch(url);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /swagger/i);
  });
});
