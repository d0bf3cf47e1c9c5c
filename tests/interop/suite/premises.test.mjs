// What the suite takes for granted about the real servers: were it not so, the other files would prove
// nothing. Manifold takes no part here.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as oauth from 'openid-client';
import { CLIENTS as METHODS, EC, USER } from '../harness/methods.mjs';
import { VITAL_SIGNS } from '../harness/patients.mjs';
import { until } from '../harness/process.mjs';
import { CLIENTS, SCOPES, startAuthorizationServer, startStack } from '../harness/stack.mjs';

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

describe('the authorization server, asked by a certified client library', () => {
  let server;
  before(async () => {
    server = await startAuthorizationServer({ clients: METHODS });
  });
  after(() => server?.stop());

  const scope = SCOPES.join(' ');
  const configure = ({ id }, authentication) =>
    oauth.discovery(new URL(server.issuer), id, undefined, authentication, { execute: [oauth.allowInsecureRequests] });
  const login = (configuration, password = USER.password) =>
    oauth.genericGrantRequest(configuration, 'password', { username: USER.name, password, scope });

  it('takes a signed assertion', async () => {
    const key = await crypto.subtle.importKey('pkcs8', EC.privateKey.export({ type: 'pkcs8', format: 'der' }), { name: 'ECDSA', namedCurve: 'P-384' }, false, ['sign']);
    const configuration = await configure(METHODS.es384, oauth.PrivateKeyJwt({ key, kid: 'interop' }));
    assert.ok((await oauth.clientCredentialsGrant(configuration, { scope })).access_token);
  });

  it('demands a nonce in each proof and binds the token', async () => {
    const configuration = await configure(METHODS.bound, oauth.ClientSecretBasic(METHODS.bound.secret));
    await assert.rejects(oauth.clientCredentialsGrant(configuration, { scope }));
    const DPoP = oauth.getDPoPHandle(configuration, await oauth.randomDPoPKeyPair('ES256'));
    assert.equal((await oauth.clientCredentialsGrant(configuration, { scope }, { DPoP })).token_type, 'dpop');
    // Refused without a proof, told the nonce, granted.
    assert.deepEqual(await server.tokenRequests(METHODS.bound), [400, 400, 200]);
  });

  it('rotates refresh tokens and revokes the family of one that is shown twice', async () => {
    const configuration = await configure(METHODS.lasting, oauth.None());
    await assert.rejects(login(configuration, 'wrong'));
    const first = await login(configuration);
    const second = await oauth.refreshTokenGrant(configuration, first.refresh_token);
    assert.notEqual(second.refresh_token, first.refresh_token);
    await assert.rejects(oauth.refreshTokenGrant(configuration, first.refresh_token));
    await assert.rejects(oauth.refreshTokenGrant(configuration, second.refresh_token));
  });
});
