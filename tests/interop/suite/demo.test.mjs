// `manifold demo`: what it prints for a newcomer to paste works as printed.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { start } from '../harness/process.mjs';

const run = promisify(execFile);
const CURL = /^\s*(?:\$ )?(curl .+)$/gm;

describe('manifold demo', () => {
  let demo;
  before(async () => {
    demo = start(process.env.MANIFOLD_BINARY, ['demo']);
    await demo.printed(/^\s*(?:\$ )?curl .+$/m);
    await demo.printed(/\/docs\//);
  });
  after(() => demo?.stop());

  it('prints curl lines that answer', async () => {
    const lines = [...demo.output().matchAll(CURL)].map(([, line]) => line);
    assert.ok(lines.length > 0);
    for (const line of lines) {
      const { stdout } = await run('bash', ['-c', `${line} --silent --show-error --max-time 30 --write-out '\\n%{http_code}'`]);
      const status = stdout.trim().split('\n').at(-1);
      assert.match(status, /^[2-5]\d\d$/, line);
      assert.notEqual(status, '500', line);
      assert.notEqual(status, '401', line);
    }
  });

  it('serves its documents where it says', async () => {
    const [url] = await demo.printed(/http:\/\/\S+\/docs\//);
    const page = await fetch(url);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /swagger/i);
  });
});
