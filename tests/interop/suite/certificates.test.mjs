// A real authorization server behind a private authority that knows its clients by their certificates
// (RFC 8705).

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { unchecked } from '../backends/introspection.mjs';
import { startRest } from '../backends/rest.mjs';
import { makeAuthority } from '../harness/certificates.mjs';
import { perCredential } from '../harness/configuration.mjs';
import { startConfigured } from '../harness/manifold.mjs';
import { SCOPES, client, startAuthorizationServer } from '../harness/stack.mjs';

const der = (pem) => pem.replace(/-----[^-]+-----|\s/g, '');

describe('clients known by their certificates', () => {
  let authorizationServer;
  let backend;
  let manifold;
  before(async () => {
    const authority = await makeAuthority();
    const [server, ours, own] = [await authority.issue('localhost'), await authority.issue('manifold'), await authority.selfSign('self')];
    const jwk = { ...new X509Certificate(own.certificatePem).publicKey.export({ format: 'jwk' }), x5c: [der(own.certificatePem)] };
    const clients = {
      issued: client('by-certificate', { authentication: 'tls_client_auth', secret: undefined, subject: 'CN=manifold' }),
      own: client('by-own-certificate', { authentication: 'self_signed_tls_client_auth', secret: undefined, jwks: { keys: [jwk] } }),
    };
    const tls = { key: server.keyPem, certificate: server.certificatePem, clients: authority.certificatePem };
    authorizationServer = await startAuthorizationServer({ clients, tls });
    backend = await startRest(unchecked);
    const at = ({ id }, network, more) => ({
      token_url: authorizationServer.tokenUrl,
      client_id: id,
      scopes: SCOPES,
      authentication: 'tls_client_auth',
      network,
      ...more,
    });
    const ca = authority.certificate;
    const shown = ({ certificate, key }) => ({ ca, client_certificate: certificate, client_key: key });
    manifold = await startConfigured(
      perCredential(backend, {
        issued: at(clients.issued, shown(ours)),
        // To the one who sends it there is no difference.
        own: at(clients.own, shown(own)),
        stranger: at(clients.issued, shown(own)),
        distrustful: at(clients.issued, { client_certificate: ours.certificate, client_key: ours.key }),
      }),
      {},
    );
  });
  after(async () => {
    await manifold?.stop();
    await backend?.stop();
    await authorizationServer?.stop();
  });

  for (const name of ['issued', 'own']) {
    it(`a certificate that is ${name === 'own' ? 'self-signed and registered' : 'issued by the authority'} is enough`, async () => {
      const answer = await manifold.get(`/${name}`);
      assert.equal(answer.status, 200, `${answer.text}\n${manifold.output()}`);
      assert.ok(backend.lastToken());
    });
  }

  it('that of another is a configuration fault', async () => {
    const answer = await manifold.get('/stranger');
    assert.deepEqual([answer.status, answer.json.code], [502, 'upstream_auth_config'], answer.text);
  });

  it('a server whose authority nobody named is not spoken to', async () => {
    const answer = await manifold.get('/distrustful');
    assert.deepEqual([answer.status, answer.json.code], [503, 'upstream_auth_unavailable'], answer.text);
  });
});
