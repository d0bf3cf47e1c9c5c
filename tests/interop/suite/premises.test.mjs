// What the suite takes for granted about the real servers: were it not so, the other files would prove
// nothing. Manifold takes no part here.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { VITAL_SIGNS } from '../harness/patients.mjs';
import { until } from '../harness/process.mjs';
import { CLIENTS, startStack } from '../harness/stack.mjs';

describe('the real servers', () => {
  let stack;
  before(async () => {
    stack = await startStack();
  });
  after(() => stack?.stop());

  const ask = (url, token) => fetch(url, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  const patient = () => `${stack.fhir.base}/Patient/p1`;

  it('refuse a request without a token, with a challenge', async () => {
    for (const url of [patient(), `${stack.labs.url}/results/MRN-1`, `${stack.signed.url}/results/MRN-1`]) {
      const answer = await ask(url);
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
    }
  });

  it('take a token of the authorization server until it is revoked', async () => {
    const token = await stack.authorizationServer.token(CLIENTS.hospital);
    assert.equal((await ask(patient(), token)).status, 200);
    await stack.authorizationServer.revoke(CLIENTS.hospital, token);
    const answer = await ask(patient(), token);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer error="invalid_token"');
  });

  it('take an expired token for a bad one', async () => {
    const token = await stack.authorizationServer.token(CLIENTS.short);
    assert.equal((await ask(`${stack.labs.url}/results/MRN-1`, token)).status, 200);
    await until('expiry', async () => (await ask(`${stack.labs.url}/results/MRN-1`, token)).status === 401);
  });

  it('page a search, by links on the proxy', async () => {
    const token = await stack.authorizationServer.token(CLIENTS.hospital);
    let url = `${stack.fhir.base}/Observation?patient=p1&category=vital-signs&_count=3`;
    let entries = 0;
    let pages = 0;
    while (url) {
      assert.ok(url.startsWith(stack.fhir.base));
      const bundle = await (await ask(url, token)).json();
      entries += bundle.entry.length;
      pages += 1;
      url = bundle.link.find((link) => link.relation === 'next')?.url;
    }
    assert.deepEqual([entries, pages], [VITAL_SIGNS, 3]);
  });

  it('count the token requests of each client', async () => {
    await stack.authorizationServer.token(CLIENTS.cold);
    await stack.authorizationServer.token({ ...CLIENTS.cold, secret: 'wrong' });
    assert.deepEqual(await stack.authorizationServer.tokenRequests(CLIENTS.cold), [200, 401]);
  });
});
