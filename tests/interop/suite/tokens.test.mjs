// The life of a token against a real authorization server: fetched once, renewed, survived when revoked.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startManifold } from '../harness/manifold.mjs';
import { until } from '../harness/process.mjs';
import { CLIENTS, startStack } from '../harness/stack.mjs';

describe('tokens of the real authorization server', () => {
  let stack;
  let manifold;
  before(async () => {
    stack = await startStack();
    manifold = await startManifold(stack);
  });
  after(async () => {
    await manifold?.stop();
    await stack?.stop();
  });

  const requests = (client) => stack.authorizationServer.tokenRequests(client);

  it('a07_a08_many_first_requests_at_once_fetch_one_token_and_later_ones_none', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => manifold.get('/checks')));
    for (const answer of answers) {
      assert.equal(answer.status, 200, answer.text);
    }
    await manifold.get('/checks');
    assert.deepEqual(await requests(CLIENTS.hospital), [200]);
    assert.deepEqual(await requests(CLIENTS.posted), [200]);
    assert.deepEqual(await requests(CLIENTS.signed), [200]);
  });

  it('a10_a_token_revoked_in_the_middle_is_renewed_without_the_client_seeing_it', async () => {
    assert.equal((await manifold.get('/patients/p1/summary')).status, 200);
    const fetched = await requests(CLIENTS.hospital);
    const revoked = stack.fhir.proxy.lastToken();
    await stack.authorizationServer.revoke(CLIENTS.hospital, revoked);
    const answer = await manifold.get('/patients/p1/summary');
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.complete, 'true');
    assert.equal(answer.json.problems, undefined);
    assert.notEqual(stack.fhir.proxy.lastToken(), revoked);
    // Several calls were refused at once, and one renewal served them all.
    assert.deepEqual(await requests(CLIENTS.hospital), [...fetched, 200]);
  });

  it('a09_an_expired_token_is_renewed_without_the_client_seeing_it', async () => {
    assert.equal((await manifold.get('/short')).status, 200);
    const first = stack.labs.lastToken();
    await until('a renewed token', async () => {
      const answer = await manifold.get('/short');
      assert.equal(answer.status, 200, answer.text);
      return stack.labs.lastToken() !== first;
    });
    const refused = (await requests(CLIENTS.short)).filter((code) => code !== 200);
    assert.deepEqual(refused, []);
  });

  it('a05_a_narrower_scope_than_asked_for_is_warned_about_and_the_token_is_used', async () => {
    const answer = await manifold.get('/narrow');
    assert.equal(answer.status, 200, answer.text);
    await manifold.printed(/^.*\bscope.*\bnarrow\b.*$|^.*\bnarrow\b.*\bscope.*$/im);
  });

  it('a19_a23_a_wrong_client_secret_is_a_configuration_fault_and_is_not_hammered', async () => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const answer = await manifold.get('/wrong');
      assert.equal(answer.status, 502, answer.text);
      assert.equal(answer.json.code, 'upstream_auth_config');
      assert.ok(!answer.text.includes('invalid_client'), answer.text);
    }
    assert.deepEqual(await requests(CLIENTS.wrong), [401]);
    await manifold.printed(/invalid_client/);
  });

  it('a24_a_refused_credential_fails_only_the_calls_that_need_it', async () => {
    const answer = await manifold.get('/wrong/optional');
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.complete, 'false');
    assert.equal(answer.json.results.number, 'MRN-1');
    assert.equal(answer.json.refused, null);
    assert.deepEqual(
      answer.json.problems.map(({ call, code }) => [call, code]),
      [['refused', 'upstream_auth_config']],
    );
  });

  it('operators see each credential and no token in metrics and readiness', async () => {
    const metrics = await (await fetch(`${manifold.admin}/metrics`)).text();
    const readiness = await (await fetch(`${manifold.admin}/readyz`)).text();
    assert.match(metrics, /credential="hospital"/);
    assert.match(metrics, /credential="wrong"/);
    const state = (name) => JSON.parse(readiness).credentials.find(({ credential }) => credential === name);
    assert.equal(state('hospital').token, 'fresh');
    assert.match(state('wrong').last_error, /invalid_client/);
    const told = metrics + readiness + manifold.output();
    const secrets = [CLIENTS.hospital.secret, 'not the secret', ...stack.labs.requests.map((request) => request.token)];
    for (const secret of secrets.filter(Boolean)) {
      assert.ok(!told.includes(secret), 'a secret or token is shown');
    }
  });
});
