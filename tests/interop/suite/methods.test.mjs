// Every way for a client to authenticate and every grant that the real authorization server knows, by
// Manifold; and what comes after: rotation, proofs, nonces.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { byIntrospection } from '../backends/introspection.mjs';
import { byProof } from '../backends/proof.mjs';
import { startRest } from '../backends/rest.mjs';
import { perCredential } from '../harness/configuration.mjs';
import { startConfigured } from '../harness/manifold.mjs';
import { CLIENTS, EC, RSA, SHORT_SECONDS, USER } from '../harness/methods.mjs';
import { RESOURCE_SERVER, SCOPES, startAuthorizationServer } from '../harness/stack.mjs';

describe('ways to authenticate at the real authorization server', () => {
  let authorizationServer;
  let checked;
  let proven;
  let check;
  let manifold;
  before(async () => {
    authorizationServer = await startAuthorizationServer({ clients: CLIENTS });
    const { issuer, tokenUrl, introspectionUrl } = authorizationServer;
    check = byProof(introspectionUrl, RESOURCE_SERVER, () => proven.url);
    [checked, proven] = await Promise.all([startRest(byIntrospection(introspectionUrl, RESOURCE_SERVER)), startRest(check)]);
    const at = ({ id }, more) => ({ token_url: tokenUrl, client_id: id, scopes: SCOPES, ...more });
    const secret = '${env:SECRET}';
    const signed = (key, algorithm) => ({ authentication: 'private_key_jwt', private_key: key, key_id: 'interop', algorithm });
    const password = { grant: 'password', authentication: 'none', username: USER.name, password: '${env:PASSWORD}' };
    const settings = perCredential(checked, {
      basic: at(CLIENTS.basic, { client_secret: secret }),
      post: at(CLIENTS.post, { client_secret: secret, authentication: 'client_secret_post' }),
      es384: at(CLIENTS.es384, signed('${env:EC_KEY}', 'ES384')),
      // Another server might want its issuer; this one takes both.
      rs384: at(CLIENTS.rs384, { ...signed('${env:RSA_KEY}', 'RS384'), assertion_audience: 'issuer', token_url: undefined, issuer }),
      bound: at(CLIENTS.bound, { client_secret: secret, dpop: true }),
      user: at(CLIENTS.user, password),
      lasting: at(CLIENTS.lasting, password),
      discovered: at(CLIENTS.discovered, { client_secret: secret, token_url: undefined, issuer, discovery: 'openid' }),
    });
    settings.backends.at_bound.url = proven.url;
    manifold = await startConfigured(settings, { SECRET: CLIENTS.basic.secret, PASSWORD: USER.password, EC_KEY: EC.pem, RSA_KEY: RSA.pem });
  });
  after(async () => {
    await manifold?.stop();
    await checked?.stop();
    await proven?.stop();
    await authorizationServer?.stop();
  });

  const requests = (name) => authorizationServer.tokenRequests(CLIENTS[name]);
  const works = async (name) => {
    const answer = await manifold.get(`/${name}`);
    assert.equal(answer.status, 200, `${answer.text}\n${manifold.output()}`);
  };
  /** The answers of requests made at once. */
  const atOnce = (count, name) => Promise.all(Array.from({ length: count }, () => manifold.get(`/${name}`)));

  for (const name of ['basic', 'post', 'es384', 'rs384', 'discovered']) {
    it(`a03 a07 ${name}: one token request, and the backend takes the token`, async () => {
      await works(name);
      await works(name);
      assert.deepEqual(await requests(name), [200]);
    });
  }

  it('tokens bound to a key: a nonce for the token endpoint, one for the backend, a proof for each call', async () => {
    await works('bound');
    // Told the nonce of the authorization server, and asked again.
    assert.deepEqual(await requests('bound'), [400, 200]);
    const before = proven.requests.length;
    await works('bound');
    assert.equal(proven.requests.length, before + 1);
    check.renew();
    await works('bound');
    assert.equal(proven.requests.length, before + 3);
    // A nonce is no reason for another token.
    assert.deepEqual(await requests('bound'), [400, 200]);
  });

  it('b05 b06 b09 a refresh token is shown once by many requests at expiry, and its successor next time', async () => {
    await works('user');
    for (let renewal = 1; renewal <= 2; renewal += 1) {
      await new Promise((resolve) => setTimeout(resolve, (SHORT_SECONDS + 1) * 1000));
      for (const answer of await atOnce(30, 'user')) {
        assert.equal(answer.status, 200, answer.text);
      }
      // Had one been shown twice, the server would have revoked the family and refused.
      const renewals = Array.from({ length: renewal }, () => 'refresh_token');
      assert.deepEqual(await authorizationServer.grants(CLIENTS.user), ['password', ...renewals]);
    }
    assert.ok((await requests('user')).every((status) => status === 200));
  });

  it('b08 a revoked session costs one refused refresh and one login, within the request', async () => {
    await works('lasting');
    const token = checked.lastToken();
    // With an access token this server revokes the refresh tokens of its grant, too.
    const form = new URLSearchParams({ client_id: CLIENTS.lasting.id, token });
    assert.equal((await fetch(`${authorizationServer.tokenUrl}/revocation`, { method: 'POST', body: form })).status, 200);
    await works('lasting');
    assert.notEqual(checked.lastToken(), token);
    assert.deepEqual(await requests('lasting'), [200, 400, 200]);
    assert.deepEqual(await authorizationServer.grants(CLIENTS.lasting), ['password', 'password']);
  });
});
