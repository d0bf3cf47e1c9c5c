// The real authorization server of the interop suite: oidc-provider, certified for OpenID Connect.
//
// It issues opaque and signed tokens by client credentials, introspects and revokes them, and counts
// what it was asked. It knows nothing of Manifold. It reads its clients from standard input (secrets
// do not belong on a command line), prints `listening on URL` and runs until it is killed:
//   { "clients": [{ "id", "secret", "authentication", "scopes": [], "lifetime": seconds }], "resources": [uri] }

import http from 'node:http';
import { text } from 'node:stream/consumers';
import Provider from 'oidc-provider';
import { exportJWK, generateKeyPair } from 'jose';

const { clients, resources } = JSON.parse(await text(process.stdin));
const lifetimes = new Map(clients.map((client) => [client.id, client.lifetime]));
const scopes = [...new Set(clients.flatMap((client) => client.scopes))];

const server = http.createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const { privateKey } = await generateKeyPair('RS256', { extractable: true });
const signingKey = { ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: 'interop' };

const provider = new Provider(issuer, {
  clients: clients.map((client) => ({
    client_id: client.id,
    client_secret: client.secret,
    token_endpoint_auth_method: client.authentication,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    scope: client.scopes.join(' '),
  })),
  scopes,
  jwks: { keys: [signingKey] },
  ttl: { ClientCredentials: (_context, _token, client) => lifetimes.get(client.clientId) },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
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

// Token requests by client, with their statuses: what the suite counts.
const tokenRequests = new Map();
provider.use(async (context, next) => {
  await next();
  if (context.path === '/token') {
    const id = context.oidc?.params?.client_id ?? context.oidc?.client?.clientId ?? basicUser(context);
    tokenRequests.set(id, [...(tokenRequests.get(id) ?? []), context.status]);
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
