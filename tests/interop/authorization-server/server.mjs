// The real authorization server of the interop suite: oidc-provider, certified for OpenID Connect.
//
// It issues opaque and signed tokens by client credentials, and by a user's password with rotating refresh
// tokens, introspects and revokes them, and counts what it was asked. It knows nothing of Manifold. It reads
// its clients from standard input (secrets do not belong on a command line), prints `listening on URL` and
// runs until it is killed:
//   { "clients": [{ "id", "secret", "authentication", "scopes": [], "lifetime": seconds, "jwks", "bound": bool,
//                   "user": { "name", "password" } }],
//     "resources": [uri], "tls": { "key", "certificate", "clients": certificates } }

import http from 'node:http';
import https from 'node:https';
import { X509Certificate, randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import Provider from 'oidc-provider';
import { exportJWK, generateKeyPair } from 'jose';
import { PASSWORD_PARAMETERS, passwordGrant } from './password.mjs';

const { clients, resources, tls } = JSON.parse(await text(process.stdin));
const lifetimes = new Map(clients.map((client) => [client.id, client.lifetime]));
const scopes = [...new Set(clients.flatMap((client) => client.scopes))];

// Certificates are asked for; whether one is needed is the client's own affair.
const server = tls
  ? https.createServer({ key: tls.key, cert: tls.certificate, ca: tls.clients, requestCert: true, rejectUnauthorized: false })
  : http.createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = tls ? `https://localhost:${server.address().port}` : `http://127.0.0.1:${server.address().port}`;

const { privateKey } = await generateKeyPair('RS256', { extractable: true });
const signingKey = { ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: 'interop' };

const provider = new Provider(issuer, {
  clients: clients.map((client) => ({
    client_id: client.id,
    client_secret: client.secret,
    token_endpoint_auth_method: client.authentication,
    ...(client.jwks && { jwks: client.jwks }),
    ...(client.subject && { tls_client_auth_subject_dn: client.subject }),
    dpop_bound_access_tokens: client.bound ?? false,
    grant_types: client.user ? ['password', 'refresh_token'] : ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    scope: client.scopes.join(' '),
  })),
  scopes,
  jwks: { keys: [signingKey] },
  clientAuthMethods: [
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
    'tls_client_auth',
    'self_signed_tls_client_auth',
    'none',
  ],
  // SMART App Launch wants these two; by default the provider takes RS256 and a few others.
  enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'RS384', 'ES384'] },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  ttl: {
    ClientCredentials: (_context, _token, client) => lifetimes.get(client.clientId),
    AccessToken: (_context, _token, client) => lifetimes.get(client.clientId),
    Grant: 3600,
    RefreshToken: 3600,
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    // A proof without the server's nonce is never enough (RFC 9449 §8).
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    mTLS: {
      enabled: true,
      tlsClientAuth: true,
      selfSignedTlsClientAuth: true,
      getCertificate: (context) => {
        const peer = context.socket.getPeerCertificate?.();
        return peer?.raw && new X509Certificate(peer.raw);
      },
      certificateAuthorized: (context) => context.socket.authorized,
      certificateSubjectMatches: (context, _property, expected) =>
        `CN=${context.socket.getPeerCertificate().subject.CN}` === expected,
    },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context, resource, client) => {
        if (!resources.includes(resource)) {
          throw new Error(`no such resource: ${resource}`);
        }
        return {
          scope: scopes.join(' '),
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: lifetimes.get(client.clientId),
          jwt: { sign: { alg: 'RS256' } },
        };
      },
    },
  },
});

provider.registerGrantType('password', passwordGrant(provider, clients), PASSWORD_PARAMETERS);

// Token requests by client, with their grants and statuses: what the suite counts.
const tokenRequests = new Map();
provider.use(async (context, next) => {
  await next();
  if (context.path === '/token') {
    const id = context.oidc?.params?.client_id ?? context.oidc?.client?.clientId ?? basicUser(context);
    const request = { grant: context.oidc?.params?.grant_type, status: context.status };
    tokenRequests.set(id, [...(tokenRequests.get(id) ?? []), request]);
  }
});

// A refused client is unknown to the provider by then: its name is read from the header it sent.
function basicUser(context) {
  const encoded = context.get('authorization').replace(/^Basic /i, '');
  const [id] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return decodeURIComponent(id.replaceAll('+', ' '));
}

const answer = provider.callback();
server.on('request', (request, response) => {
  if (request.url === '/interop/token-requests') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(Object.fromEntries(tokenRequests)));
    return;
  }
  answer(request, response);
});
console.log(`listening on ${issuer}`);
