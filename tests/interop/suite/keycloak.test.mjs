// Manifold with credentials of an unmodified Keycloak. What was asked is counted by Keycloak's own events.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { byIntrospection } from '../backends/introspection.mjs';
import { byProof } from '../backends/proof.mjs';
import { startRest } from '../backends/rest.mjs';
import { perCredential } from '../harness/configuration.mjs';
import { ACCESS_TOKEN_SECONDS, CLIENTS, LOCKED_AFTER, USERS, startKeycloak } from '../harness/keycloak.mjs';
import { startConfigured } from '../harness/manifold.mjs';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const JWK = { ...publicKey.export({ format: 'jwk' }), kid: 'interop', use: 'sig', alg: 'ES384' };

describe('manifold at keycloak', () => {
  let keycloak;
  let checked;
  let proven;
  let manifold;
  before(async () => {
    keycloak = await startKeycloak({ keys: [JWK] });
    const { issuer, tokenUrl, introspectionUrl } = keycloak;
    checked = await startRest(byIntrospection(introspectionUrl, CLIENTS.resourceServer));
    proven = await startRest(byProof(introspectionUrl, CLIENTS.resourceServer, () => proven.url));
    const at = ({ id }, more) => ({ token_url: tokenUrl, client_id: id, ...more });
    const secret = '${env:SECRET}';
    const user = (client, { name }, more) =>
      at(client, { grant: 'password', authentication: 'none', username: name, password: '${env:PASSWORD}', ...more });
    const settings = perCredential(checked, {
      basic: at(CLIENTS.service, { client_secret: secret }),
      post: at(CLIENTS.posted, { client_secret: secret, authentication: 'client_secret_post' }),
      signed: at(CLIENTS.signed, {
        token_url: undefined,
        issuer,
        discovery: 'openid',
        authentication: 'private_key_jwt',
        private_key: '${env:KEY}',
        key_id: 'interop',
        algorithm: 'ES384',
      }),
      bound: at(CLIENTS.bound, { client_secret: secret, dpop: true }),
      unproven: at(CLIENTS.bound, { client_secret: secret }),
      wrong: at(CLIENTS.service, { client_secret: '${env:WRONG}' }),
      disabled: at(CLIENTS.disabled, { client_secret: secret }),
      anna: user(CLIENTS.application, USERS.anna),
      lasting: user(CLIENTS.lasting, USERS.boris),
      mistaken: user(CLIENTS.mistaken, USERS.clara, { password: '${env:WRONG}' }),
    });
    settings.backends.at_bound.url = proven.url;
    manifold = await startConfigured(settings, {
      SECRET: CLIENTS.service.secret,
      PASSWORD: USERS.anna.password,
      WRONG: 'neither a secret nor a password',
      KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    });
  });
  after(async () => {
    await manifold?.stop();
    await checked?.stop();
    await proven?.stop();
    await keycloak?.stop();
  });

  const works = async (name) => {
    const answer = await manifold.get(`/${name}`);
    assert.equal(answer.status, 200, `${answer.text}\n${manifold.output()}`);
  };
  /** Ten requests that Keycloak's refusal ends, each as `upstream_auth_config`. */
  const refused = async (name) => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const answer = await manifold.get(`/${name}`);
      assert.deepEqual([answer.status, answer.json.code], [502, 'upstream_auth_config'], answer.text);
    }
  };

  it('a03 b02 b03 authenticates as a service by secret in the header and in the body', async () => {
    await works('basic');
    await works('post');
    assert.deepEqual(await keycloak.events(CLIENTS.posted), ['CLIENT_LOGIN']);
  });

  it('authenticates by a signed assertion at an issuer that it discovers', async () => {
    await works('signed');
    assert.deepEqual(await keycloak.events(CLIENTS.signed), ['CLIENT_LOGIN']);
  });

  it('gets a token bound to its key, and proves so to the backend', async () => {
    await works('bound');
    assert.match(proven.requests.at(-1).headers.authorization, /^DPoP /);
  });

  it('b01 b02 b09 logs a user in at a public client, and renews once for all requests at expiry', async () => {
    await works('anna');
    for (let renewal = 1; renewal <= 2; renewal += 1) {
      await new Promise((resolve) => setTimeout(resolve, (ACCESS_TOKEN_SECONDS + 1) * 1000));
      const answers = await Promise.all(Array.from({ length: 30 }, () => manifold.get('/anna')));
      // The backend asks Keycloak about each token: a dead session would be inactive.
      assert.deepEqual(answers.map(({ status }) => status).filter((status) => status !== 200), [], manifold.output());
      const renewals = Array.from({ length: renewal }, () => 'REFRESH_TOKEN');
      assert.deepEqual(await keycloak.events(CLIENTS.application), ['LOGIN', ...renewals]);
    }
  });

  it('b08 a session that keycloak has ended costs one refused refresh and one login', async () => {
    await works('lasting');
    await keycloak.logOut(USERS.boris);
    await works('lasting');
    const events = await keycloak.events(CLIENTS.lasting);
    assert.deepEqual(events, ['LOGIN', 'REFRESH_TOKEN_ERROR invalid_token', 'LOGIN']);
  });

  it('b10 a wrong password is tried once and locks nobody out', async () => {
    await refused('mistaken');
    const attempts = await keycloak.events(CLIENTS.mistaken);
    assert.deepEqual(attempts, ['LOGIN_ERROR invalid_user_credentials']);
    assert.ok(attempts.length < LOCKED_AFTER);
    const { name, password } = USERS.clara;
    const login = await keycloak.token({ grant_type: 'password', client_id: CLIENTS.application.id, username: name, password });
    assert.equal(login.status, 200);
  });

  it('a19 a23 a wrong secret and a disabled client are asked about once, and named to the operator', async () => {
    await refused('wrong');
    const failures = (await keycloak.events(CLIENTS.service)).filter((event) => event.includes('ERROR'));
    assert.deepEqual(failures, ['CLIENT_LOGIN_ERROR invalid_client_credentials']);
    await refused('disabled');
    assert.deepEqual(await keycloak.events(CLIENTS.disabled), ['CLIENT_LOGIN_ERROR client_disabled']);
    await manifold.printed(/wrong.*unauthorized_client|unauthorized_client.*wrong/);
    await manifold.printed(/disabled.*invalid_client|invalid_client.*disabled/);
  });

  it('a client that must prove its key and does not is a configuration fault', async () => {
    await refused('unproven');
  });

  it('shows no secret, password or token to anybody', async () => {
    const told = manifold.output() + (await (await fetch(`${manifold.admin}/metrics`)).text()) + (await (await fetch(`${manifold.admin}/readyz`)).text());
    const tokens = [...checked.requests, ...proven.requests].map(({ token }) => token);
    for (const secret of [CLIENTS.service.secret, USERS.anna.password, 'neither a secret nor a password', ...tokens].filter(Boolean)) {
      assert.ok(!told.includes(secret), 'a secret is shown');
    }
  });
});
