// An unmodified Keycloak: what it does was measured and is asserted first, because Manifold's rules for
// passwords, rotation and refusals rest on it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { clientBasic } from '../backends/introspection.mjs';
import { CLIENTS, LOCKED_AFTER, USERS, startKeycloak } from '../harness/keycloak.mjs';

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

describe('keycloak itself', () => {
  let keycloak;
  let privateKey;
  before(async () => {
    const pair = await generateKeyPair('RS384', { extractable: true });
    privateKey = pair.privateKey;
    keycloak = await startKeycloak({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'interop', use: 'sig', alg: 'RS384' }] });
  });
  after(() => keycloak?.stop());

  const basic = (client) => ({ authorization: clientBasic(client) });
  const service = (parameters, headers) => keycloak.token({ grant_type: 'client_credentials', ...parameters }, headers);
  const login = ({ name, password }, more) =>
    keycloak.token({ grant_type: 'password', client_id: CLIENTS.application.id, username: name, password, ...more });
  const refresh = (refresh_token) => keycloak.token({ grant_type: 'refresh_token', client_id: CLIENTS.application.id, refresh_token });
  const isActive = async (token) => {
    const form = new URLSearchParams({ token });
    const answer = await fetch(keycloak.introspectionUrl, { method: 'POST', headers: basic(CLIENTS.resourceServer), body: form });
    return (await answer.json()).active;
  };
  const assertion = (audience, key = privateKey) =>
    new SignJWT({ jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'RS384', kid: 'interop' })
      .setIssuer(CLIENTS.signed.id)
      .setSubject(CLIENTS.signed.id)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('2m')
      .sign(key);
  const asserted = (client_assertion) => service({ client_assertion_type: ASSERTION, client_assertion });
  const refused = ({ status, json, headers }, ...expected) => {
    assert.deepEqual([status, json.error], expected);
    assert.equal(headers.get('www-authenticate'), null);
  };

  it('b04 gives a service no refresh token and says so with refresh_expires_in 0', async () => {
    for (const answer of [
      await service({}, basic(CLIENTS.service)),
      await service({ client_id: CLIENTS.posted.id, client_secret: CLIENTS.posted.secret }),
    ]) {
      assert.equal(answer.status, 200);
      assert.equal(answer.json.refresh_expires_in, 0);
      assert.equal(answer.json.refresh_token, undefined);
      // Wider than what was asked for, which was nothing.
      assert.deepEqual(answer.json.scope.split(' ').sort(), ['email', 'profile']);
    }
  });

  it('wants id and secret form-urlencoded before base64', async () => {
    const raw = `Basic ${Buffer.from(`${CLIENTS.service.id}:${CLIENTS.service.secret}`).toString('base64')}`;
    refused(await service({}, { authorization: raw }), 400, 'unauthorized_client');
  });

  it('refuses clients with codes of its own and never with a challenge', async () => {
    refused(await service({}, basic({ ...CLIENTS.service, secret: 'wrong' })), 401, 'unauthorized_client');
    refused(await service({}, basic({ id: 'nobody', secret: 'wrong' })), 401, 'invalid_client');
    refused(await service({}, basic(CLIENTS.disabled)), 401, 'invalid_client');
    refused(await service({ client_id: CLIENTS.application.id }), 401, 'unauthorized_client');
    refused(await service({ scope: '' }, basic(CLIENTS.service)), 400, 'invalid_scope');
    refused(await service({}, basic(CLIENTS.bound)), 400, 'invalid_request');
  });

  it('takes an assertion once, for one audience', async () => {
    const once = await assertion(keycloak.tokenUrl);
    assert.equal((await asserted(once)).status, 200);
    refused(await asserted(once), 400, 'invalid_client');
    assert.equal((await asserted(await assertion(keycloak.issuer))).status, 200);
    refused(await asserted(await assertion([keycloak.issuer, keycloak.tokenUrl])), 400, 'invalid_client');
    const { privateKey: other } = await generateKeyPair('RS384');
    refused(await asserted(await assertion(keycloak.issuer, other)), 400, 'invalid_client');
  });

  it('tells users who may not log in apart', async () => {
    refused(await login({ ...USERS.anna, password: 'wrong' }), 401, 'invalid_grant');
    const disabled = await login(USERS.disabled);
    refused(disabled, 400, 'invalid_grant');
    assert.equal(disabled.json.error_description, 'Account disabled');
    const incomplete = await login(USERS.incomplete);
    refused(incomplete, 400, 'invalid_grant');
    assert.equal(incomplete.json.error_description, 'Account is not fully set up');
  });

  it('b09 ends the whole session when a refresh token is shown twice', async () => {
    const first = await login(USERS.anna);
    const second = await refresh(first.json.refresh_token);
    assert.equal(second.status, 200);
    assert.equal(await isActive(second.json.access_token), true);
    refused(await refresh(first.json.refresh_token), 400, 'invalid_grant');
    assert.equal(await isActive(second.json.access_token), false);
    refused(await refresh(second.json.refresh_token), 400, 'invalid_grant');
  });

  it('b10 locks a user after wrong passwords, and then answers to the right one as to a wrong one', async () => {
    for (let attempt = 0; attempt < LOCKED_AFTER; attempt += 1) {
      refused(await login({ ...USERS.clara, password: 'wrong' }), 401, 'invalid_grant');
    }
    refused(await login(USERS.clara), 401, 'invalid_grant');
  });

  it('counts what it was asked, by client', async () => {
    assert.deepEqual(await keycloak.events(CLIENTS.posted), ['CLIENT_LOGIN']);
    assert.deepEqual(await keycloak.events(CLIENTS.disabled), ['CLIENT_LOGIN_ERROR client_disabled']);
  });
});
