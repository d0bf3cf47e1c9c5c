// An unmodified Keycloak with one realm of ours, made over its admin REST API. It records every login and
// refresh as an event: what the suite counts is what Keycloak itself says it was asked.
// `INTEROP_KEYCLOAK` (its folder, already built) is given by `cargo xtask interop`.

import path from 'node:path';
import { start } from './process.mjs';

// A quarter of a minute on a quiet machine.
const READY_WITHIN_MILLISECONDS = 150_000;
const ADMINISTRATOR = { name: 'admin', password: 'of this run only' };
// A dot in a realm's name is part of it, verbatim (acceptance B03).
const REALM = 'st.mary';
/** Short, so that expiry can be awaited; Keycloak counts in whole seconds. */
export const ACCESS_TOKEN_SECONDS = 6;
/** After so many wrong passwords Keycloak locks a user. */
export const LOCKED_AFTER = 3;

// Every character that form-urlencoding changes, and letters beyond ASCII (acceptance B02).
const SECRET = 'p+q&r=s%t u/v:w';
const PASSWORD = 'пароль+&=% ž';

/** The clients of the realm. */
export const CLIENTS = {
  service: { id: 'service', secret: SECRET },
  posted: { id: 'service-post', secret: SECRET },
  signed: { id: 'service-jwt' },
  bound: { id: 'service-dpop', secret: SECRET },
  disabled: { id: 'service-disabled', secret: SECRET },
  application: { id: 'application' },
  // Whose tokens outlive a test: what it renews, it renews because the token was rejected.
  lasting: { id: 'application-long' },
  // A refresh does not tell whose it was: what is counted by itself needs a client of its own.
  mistaken: { id: 'application-mistaken' },
  resourceServer: { id: 'resource-server', secret: SECRET },
};

/** The users of the realm. */
export const USERS = {
  anna: { name: 'анна+b&c=d%25', password: PASSWORD },
  boris: { name: 'boris', password: PASSWORD },
  clara: { name: 'clara', password: PASSWORD },
  disabled: { name: 'disabled', password: PASSWORD, enabled: false },
  incomplete: { name: 'incomplete', password: PASSWORD, actions: ['UPDATE_PASSWORD'] },
};

const serviceAccount = ({ id, secret }, more = {}) => ({
  clientId: id,
  secret,
  serviceAccountsEnabled: true,
  standardFlowEnabled: false,
  directAccessGrantsEnabled: false,
  ...more,
});

const publicClient = ({ id }, more = {}) => ({
  clientId: id,
  publicClient: true,
  directAccessGrantsEnabled: true,
  standardFlowEnabled: false,
  ...more,
});

const user = ({ name, password, enabled = true, actions = [] }, index) => ({
  username: name,
  enabled,
  requiredActions: actions,
  // Without a name and an address "Account is not fully set up".
  firstName: 'Synthetic',
  lastName: 'User',
  email: `user-${index}@hospital.example`,
  credentials: [{ type: 'password', value: password, temporary: false }],
});

const realm = (jwks) => ({
  realm: REALM,
  enabled: true,
  accessTokenLifespan: ACCESS_TOKEN_SECONDS,
  revokeRefreshToken: true,
  refreshTokenMaxReuse: 0,
  bruteForceProtected: true,
  failureFactor: LOCKED_AFTER,
  eventsEnabled: true,
  enabledEventTypes: ['LOGIN', 'LOGIN_ERROR', 'REFRESH_TOKEN', 'REFRESH_TOKEN_ERROR', 'CLIENT_LOGIN', 'CLIENT_LOGIN_ERROR'],
  clients: [
    serviceAccount(CLIENTS.service),
    serviceAccount(CLIENTS.posted),
    serviceAccount(CLIENTS.signed, {
      clientAuthenticatorType: 'client-jwt',
      attributes: { 'use.jwks.string': 'true', 'jwks.string': JSON.stringify(jwks) },
    }),
    serviceAccount(CLIENTS.bound, { attributes: { 'dpop.bound.access.tokens': 'true' } }),
    serviceAccount(CLIENTS.disabled, { enabled: false }),
    publicClient(CLIENTS.application),
    publicClient(CLIENTS.lasting, { attributes: { 'access.token.lifespan': '600' } }),
    publicClient(CLIENTS.mistaken),
    serviceAccount(CLIENTS.resourceServer, { serviceAccountsEnabled: false }),
  ],
  users: Object.values(USERS).map(user),
});

/** Starts Keycloak with the realm; `jwks` holds the public key of the client that signs. */
export async function startKeycloak(jwks) {
  const home = process.env.INTEROP_KEYCLOAK;
  // The program itself and not its shell script, which would be killed in its place.
  const server = start(
    'java',
    [
      '-Xmx512m',
      `-Dkc.home.dir=${home}`,
      '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
      '-jar',
      path.join(home, 'lib', 'quarkus-run.jar'),
      'start',
      '--optimized',
      // By default it forms a cluster with whoever is on the network.
      '--cache=local',
      '--http-enabled=true',
      '--http-host=127.0.0.1',
      '--http-port=0',
      '--hostname-strict=false',
    ],
    {
      directory: home,
      environment: { KC_BOOTSTRAP_ADMIN_USERNAME: ADMINISTRATOR.name, KC_BOOTSTRAP_ADMIN_PASSWORD: ADMINISTRATOR.password },
    },
  );
  const [, url] = await server.printed(/Listening on: (http:\/\/127\.0\.0\.1:\d+)/, READY_WITHIN_MILLISECONDS);
  const issuer = `${url}/realms/${REALM}`;
  const tokenUrl = `${issuer}/protocol/openid-connect/token`;

  const post = async (address, form, headers = {}) => {
    const answer = await fetch(address, { method: 'POST', headers, body: new URLSearchParams(form) });
    return { status: answer.status, headers: answer.headers, json: await answer.json().catch(() => undefined) };
  };
  const administrate = async (method, below, body) => {
    const form = { grant_type: 'password', client_id: 'admin-cli', username: ADMINISTRATOR.name, password: ADMINISTRATOR.password };
    const login = await post(`${url}/realms/master/protocol/openid-connect/token`, form);
    const answer = await fetch(`${url}/admin/realms${below}`, {
      method,
      headers: { authorization: `Bearer ${login.json.access_token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) {
      throw new Error(`${method} ${below}: ${answer.status} ${await answer.text()}`);
    }
    return method === 'GET' ? answer.json() : undefined;
  };
  await administrate('POST', '', realm(jwks));

  return {
    issuer,
    tokenUrl,
    introspectionUrl: `${tokenUrl}/introspect`,
    stop: server.stop,
    /** A request to the token endpoint, without Manifold. */
    token: (form, headers) => post(tokenUrl, form, headers),
    /** The realm's events of `client`, oldest first, as type or `type error`. */
    events: async (client) => {
      const events = await administrate('GET', `/${REALM}/events?client=${client.id}&max=1000`);
      return events
        .sort((one, other) => one.time - other.time)
        .map(({ type, error }) => (error ? `${type} ${error}` : type));
    },
    /** Ends all sessions of a user: their tokens introspect as inactive and their refresh tokens are refused. */
    logOut: async ({ name }) => {
      const [{ id }] = await administrate('GET', `/${REALM}/users?exact=true&username=${encodeURIComponent(name)}`);
      await administrate('POST', `/${REALM}/users/${id}/logout`);
    },
    /** Gives a client another secret. */
    setSecret: async ({ id }, secret) => {
      const [client] = await administrate('GET', `/${REALM}/clients?clientId=${id}`);
      await administrate('PUT', `/${REALM}/clients/${client.id}`, { ...client, secret });
    },
  };
}
