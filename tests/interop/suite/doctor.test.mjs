// `manifold doctor` before real servers: what works, what does not, and what it shows.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { configuration, environment } from '../harness/configuration.mjs';
import { start } from '../harness/process.mjs';
import { CLIENTS, startStack, temporaryFolder } from '../harness/stack.mjs';

describe('manifold doctor', () => {
  let stack;
  let file;
  before(async () => {
    stack = await startStack();
    file = path.join(await temporaryFolder(), 'manifold.yaml');
    await writeFile(file, JSON.stringify(configuration(stack), null, 2));
  });
  after(() => stack?.stop());

  /** Runs it to its end. */
  const doctor = async (...parameters) => {
    const program = start(process.env.MANIFOLD_BINARY, ['doctor', file, ...parameters], { environment: environment() });
    const { code } = await program.exited;
    return { code, output: program.output() };
  };
  const examine = async () => {
    const { code, output } = await doctor('--format', 'json');
    const report = JSON.parse(output);
    return { code, report, of: (name) => report.findings.find((finding) => finding.name === name) };
  };

  it('finds what works fine and says what the wrong secret needs', async () => {
    const { code, report, of } = await examine();
    assert.deepEqual([code, report.fine], [1, false]);
    for (const name of ['hospital', 'posted', 'signed', 'ehr', 'labs', 'labs_posted', 'labs_signed', 'labs_open']) {
      assert.equal(of(name).verdict, 'fine', JSON.stringify(of(name)));
    }
    assert.match(of('ehr').result, /FHIR 4\.0\./);
    assert.equal(of('wrong').verdict, 'wrong');
    assert.match(of('wrong').result, /invalid_client/);
    assert.match(of('wrong').mend, /client_id/);
    // One fault, which is the token's.
    assert.equal(of('labs_wrong').verdict, 'unasked');
    assert.match(of('labs_wrong').result, /`wrong`/);
    // One token for the credential itself and all its backends.
    assert.deepEqual(await stack.authorizationServer.tokenRequests(CLIENTS.hospital), [200]);
  });

  it('prints a table for a person, without a secret', async () => {
    const { code, output } = await doctor();
    assert.equal(code, 1);
    assert.match(output, /^✓ hospital +token +a token for 600 s +\d+ ms$/m);
    assert.match(output, /^✗ wrong +token +.*invalid_client/m);
    assert.match(output, /^ +→ /m);
    for (const secret of [CLIENTS.hospital.secret, 'not the secret', stack.labs.lastToken()]) {
      assert.ok(!output.includes(secret), 'a secret is shown');
    }
  });

  it('names a backend that is gone', async () => {
    await stack.labs.stop();
    const { code, of } = await examine();
    assert.equal(code, 1);
    assert.deepEqual([of('labs').verdict, of('labs_open').verdict], ['wrong', 'fine']);
    assert.match(of('labs').mend, /firewall/);
  });
});
