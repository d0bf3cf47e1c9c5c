// Real servers that go away, and the service that goes away itself.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { startManifold } from '../harness/manifold.mjs';
import { until } from '../harness/process.mjs';
import { CLIENTS, startAuthorizationServer, startStack } from '../harness/stack.mjs';

describe('when something is gone', () => {
  let stack;
  let doomed;
  let manifold;
  beforeEach(async () => {
    [stack, doomed] = await Promise.all([startStack(), startAuthorizationServer()]);
    manifold = await startManifold(stack, doomed);
  });
  afterEach(async () => {
    await manifold?.stop();
    await doomed?.stop();
    await stack?.stop();
  });

  it('a22_the_authorization_server_dies_and_cached_tokens_go_on', async () => {
    assert.equal((await manifold.get('/warm')).status, 200);
    await doomed.stop();
    assert.equal((await manifold.get('/warm')).status, 200);
    const cold = await manifold.get('/cold');
    assert.equal(cold.status, 503, cold.text);
    assert.equal(cold.json.code, 'upstream_auth_unavailable');
    assert.match(cold.headers.get('retry-after'), /^\d+$/);
    const mixed = await manifold.get('/warm-and-cold');
    assert.equal(mixed.status, 200, mixed.text);
    assert.equal(mixed.complete, 'false');
    assert.equal(mixed.json.warm.number, 'MRN-1');
    assert.deepEqual(
      mixed.json.problems.map(({ call, code }) => [call, code]),
      [['cold', 'upstream_auth_unavailable']],
    );
  });

  it('a24_one_backend_dies_and_the_others_are_still_answered', async () => {
    assert.equal((await manifold.get('/patients/p1/summary')).complete, 'true');
    await stack.labs.stop();
    const partial = await manifold.get('/patients/p1/summary');
    assert.equal(partial.status, 200, partial.text);
    assert.equal(partial.complete, 'false');
    assert.equal(partial.json.patient.id, 'p1');
    assert.equal(partial.json.results, null);
    const [problem] = partial.json.problems;
    assert.equal(problem.call, 'results');
    assert.equal(problem.code, 'upstream_connect');
    assert.equal(problem.backend, 'labs');
    assert.ok(!partial.text.includes(stack.labs.url), 'the address of a backend is shown');
    // Shown to the operator, and not voted on.
    const readiness = await fetch(`${manifold.admin}/readyz`);
    assert.equal(readiness.status, 200);
    const labs = (await readiness.json()).backends.find(({ backend }) => backend === 'labs');
    assert.deepEqual([labs.state, labs.last_failure_code], ['failing', 'upstream_connect']);
  });

  it('a required fhir server that dies makes the whole answer a 502 that says so for each call', async () => {
    await stack.fhir.stop();
    const answer = await manifold.get('/patients/p1/summary');
    assert.equal(answer.status, 502, answer.text);
    assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
    assert.ok(answer.json.code.startsWith('upstream_'), answer.text);
    // A server behind a proxy that is gone is no reason to ask for another token.
    assert.deepEqual(await stack.authorizationServer.tokenRequests(CLIENTS.hospital), [200]);
  });

  it('sigterm lets the request in flight finish, then the service ends with success', async () => {
    const held = manifold.get('/held');
    await stack.open.held.arrived;
    const ended = manifold.stop('SIGTERM');
    await until('not ready', async () => {
      const answer = await fetch(`${manifold.admin}/readyz`).catch(() => undefined);
      return answer?.status !== 200;
    });
    stack.open.held.release();
    const answer = await held;
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.held.number, 'MRN-1');
    assert.deepEqual(await ended, { code: 0, signal: null });
  });
});
