// The project's own authorization server, which its Rust tests trust, held against a certified client
// library that knows nothing of it: were the stub wrong, those tests would prove nothing.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import * as oauth from 'openid-client';
import { startStubs } from '../harness/stubs.mjs';

const CLIENT = 'manifold';
// Every character that form-urlencoding changes (RFC 6749 §2.3.1).
const SECRET = 'p+q&r=s%t u/v:w';
const AUDIENCE = 'https://api.example';

const declaration = (more = {}) => ({
  _authorization_server: {
    clients: { [CLIENT]: { secret: SECRET, scopes: ['a.read', 'b.read'], audiences: [AUDIENCE] } },
    lifetime_s: 300,
    ...more,
  },
});

/** The library, set up by the stub's own metadata (RFC 8414). */
const configure = (stub, authentication = oauth.ClientSecretBasic(SECRET)) =>
  oauth.discovery(new URL(stub.url('_authorization_server')), CLIENT, undefined, authentication, {
    algorithm: 'oauth2',
    execute: [oauth.allowInsecureRequests],
  });

/** The server's error code that a grant ends with, and its status. */
const refusal = async (grant) => {
  const error = await grant.then(
    () => assert.fail('a token was granted'),
    (thrown) => thrown,
  );
  return { status: error.status, code: error.error, error };
};

const scope = 'a.read b.read';

describe('the stub by the book', () => {
  let stub;
  before(async () => {
    stub = await startStubs(declaration());
  });
  after(() => stub?.stop());

  for (const [name, method] of [
    ['client_secret_basic', oauth.ClientSecretBasic],
    ['client_secret_post', oauth.ClientSecretPost],
  ]) {
    it(`grants, introspects and revokes for ${name}`, async () => {
      const configuration = await configure(stub, method(SECRET));
      const granted = await oauth.clientCredentialsGrant(configuration, { scope, audience: AUDIENCE });
      assert.deepEqual([granted.token_type, granted.expires_in, granted.scope], ['bearer', 300, scope]);
      const active = await oauth.tokenIntrospection(configuration, granted.access_token);
      assert.deepEqual([active.active, active.client_id, active.aud], [true, CLIENT, AUDIENCE]);
      await oauth.tokenRevocation(configuration, granted.access_token);
      assert.equal((await oauth.tokenIntrospection(configuration, granted.access_token)).active, false);
    });
  }

  it('refuses in a form that the library understands', async () => {
    const configuration = await configure(stub);
    for (const [parameters, code] of [
      [{ scope: 'unknown' }, 'invalid_scope'],
      [{ audience: 'unknown' }, 'invalid_target'],
    ]) {
      assert.equal((await refusal(oauth.clientCredentialsGrant(configuration, parameters))).code, code);
    }
    // With a challenge, because the header was used: the library reports that instead of the body.
    const wrong = await refusal(oauth.clientCredentialsGrant(await configure(stub, oauth.ClientSecretBasic('wrong')), {}));
    assert.equal(wrong.status, 401);
    const posted = await refusal(oauth.clientCredentialsGrant(await configure(stub, oauth.ClientSecretPost('wrong')), {}));
    assert.deepEqual([posted.status, posted.code], [401, 'invalid_client']);
  });
});

describe('the stub as Okta', () => {
  let stub;
  before(async () => {
    stub = await startStubs(declaration({ vendor: 'okta' }));
  });
  after(() => stub?.stop());

  it('demands a proof, then its nonce, and binds the token to the key', async () => {
    const configuration = await configure(stub);
    assert.deepEqual((await refusal(oauth.clientCredentialsGrant(configuration, { scope }))).code, 'invalid_dpop_proof');
    const keys = await oauth.randomDPoPKeyPair('ES256', { extractable: true });
    // The library repeats a request with the nonce that it is told to use.
    const DPoP = oauth.getDPoPHandle(configuration, keys);
    const granted = await oauth.clientCredentialsGrant(configuration, { scope }, { DPoP });
    assert.equal(granted.token_type, 'dpop');
    const told = await oauth.tokenIntrospection(configuration, granted.access_token);
    assert.equal(told.cnf.jkt, await calculateJwkThumbprint(await exportJWK(keys.publicKey)));
  });

  it('refuses scopes of openid, and a request without any', async () => {
    const configuration = await configure(stub);
    for (const parameters of [{ scope: 'openid' }, {}]) {
      assert.equal((await refusal(oauth.clientCredentialsGrant(configuration, parameters))).code, 'invalid_scope');
    }
  });
});

describe('the stub as Auth0', () => {
  let stub;
  before(async () => {
    stub = await startStubs(declaration({ vendor: 'auth0' }));
  });
  after(() => stub?.stop());

  it('denies access with 401 for the secret and with 403 for audience and scope', async () => {
    const wrong = await configure(stub, oauth.ClientSecretPost('wrong'));
    const denied = await refusal(oauth.clientCredentialsGrant(wrong, { audience: AUDIENCE }));
    assert.deepEqual([denied.status, denied.code], [401, 'access_denied']);
    const right = await configure(stub, oauth.ClientSecretPost(SECRET));
    for (const parameters of [{ audience: 'unknown' }, { audience: AUDIENCE, scope: 'unknown' }]) {
      const { status, code } = await refusal(oauth.clientCredentialsGrant(right, parameters));
      assert.deepEqual([status, code], [403, 'access_denied']);
    }
    assert.ok((await oauth.clientCredentialsGrant(right, { audience: AUDIENCE })).access_token);
  });
});

describe('oddities of the stub', () => {
  // What a strict library makes of them: the lawful ones pass, the others are errors to it.
  const grant = async (oddity) => {
    const stub = await startStubs(declaration({ oddity }));
    try {
      return await oauth.clientCredentialsGrant(await configure(stub), { scope });
    } finally {
      await stub.stop();
    }
  };

  it('that the RFC allows are taken', async () => {
    assert.equal((await grant('expires-in-missing')).expires_in, undefined);
    assert.equal((await grant('token-type-lower')).token_type, 'bearer');
    assert.equal((await grant('scope-dropped')).scope, 'a.read');
  });

  it('that it does not allow are errors', async () => {
    for (const oddity of ['no-token', 'token-is-number', 'token-type-missing', 'form-encoded', 'error-in-success', 'empty-403', 'html-503', 'login-redirect']) {
      await assert.rejects(grant(oddity), oddity);
    }
  });
});
