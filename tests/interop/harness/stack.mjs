// The real servers, wired together on ephemeral loopback ports: the authorization server, the FHIR
// server behind its introspecting proxy, and REST backends that check tokens in three ways.
// `INTEROP_VENV` (Python programs) and `INTEROP_OUTPUT` (a folder for what a run leaves) are given by
// `cargo xtask interop`.

import { mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { byIntrospection, bySignature, clientBasic, unchecked } from '../backends/introspection.mjs';
import { startProxy } from '../backends/proxy.mjs';
import { startRest } from '../backends/rest.mjs';
import { seed } from './patients.mjs';
import { start } from './process.mjs';

const SERVER = fileURLToPath(new URL('../authorization-server/server.mjs', import.meta.url));
const FHIR_USER = { name: 'proxy', password: 'only the proxy knows' };

/** The protected resource whose tokens are signed instead of opaque (RFC 8707). */
export const SIGNED_RESOURCE = 'urn:interop:signed';
/** The two scopes every client may have. */
export const SCOPES = ['system/Patient.rs', 'system/Observation.rs'];
// Every character that form-urlencoding changes (RFC 6749 §2.3.1): sent raw, the server refuses it.
const SECRET = 'p+q&r=s%t u/v:w';

/** A client as the authorization server's declaration has it. */
export const client = (id, options = {}) => ({
  id,
  secret: SECRET,
  authentication: 'client_secret_basic',
  scopes: SCOPES,
  lifetime: 600,
  ...options,
});

/** The clients the authorization server knows. */
export const CLIENTS = {
  hospital: client('manifold'),
  posted: client('manifold-post', { authentication: 'client_secret_post' }),
  signed: client('manifold-signed'),
  short: client('manifold-short', { lifetime: 3 }),
  narrow: client('manifold-narrow'),
  wrong: client('manifold-wrong'),
  warm: client('manifold-warm'),
  cold: client('manifold-cold'),
};
/** Who may introspect every token. */
export const RESOURCE_SERVER = client('resource-server');

/** A folder of its own for one run's files. */
export const temporaryFolder = () => mkdtemp(path.join(process.env.INTEROP_OUTPUT, 'run-'));

/** Starts an authorization server; it knows further clients and speaks TLS when told so. */
export async function startAuthorizationServer({ clients = {}, tls } = {}) {
  const known = [...Object.values(CLIENTS), ...Object.values(clients), RESOURCE_SERVER];
  const input = JSON.stringify({ clients: known, resources: [SIGNED_RESOURCE], tls });
  const server = start(process.execPath, [SERVER], { input });
  const [, issuer] = await server.printed(/listening on (\S+)/);
  const post = (path, authorization, form) =>
    fetch(`${issuer}${path}`, { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) });
  const requests = async ({ id }) => (await (await fetch(`${issuer}/interop/token-requests`)).json())[id] ?? [];
  return {
    issuer,
    tokenUrl: `${issuer}/token`,
    introspectionUrl: `${issuer}/token/introspection`,
    stop: server.stop,
    /** The statuses of the token requests made in the name of `client`, in order. */
    tokenRequests: async (client) => (await requests(client)).map(({ status }) => status),
    /** The grants that `client` was given tokens by, in order. */
    grants: async (client) => (await requests(client)).filter(({ status }) => status === 200).map(({ grant }) => grant),
    /** A token obtained directly, to compare with what a backend says without Manifold. */
    token: async (client) =>
      (await (await post('/token', clientBasic(client), { grant_type: 'client_credentials', scope: client.scopes.join(' ') })).json())
        .access_token,
    /** Revokes a token (RFC 7009) in the name of the client that owns it. */
    revoke: async (client, token) => {
      const answer = await post('/token/revocation', clientBasic(client), { token });
      if (answer.status !== 200) {
        throw new Error(`revocation: ${answer.status}`);
      }
    },
  };
}

/** Starts the FHIR server behind its proxy, with the data loaded. */
export async function startFhir({ introspectionUrl }) {
  const proxy = await startProxy(byIntrospection(introspectionUrl, RESOURCE_SERVER));
  const folder = await temporaryFolder();
  const settings = {
    // 0 in the settings is honoured; `--port 0` on its command line is taken for "not given".
    port: 0,
    // Its paging links and fullUrls begin with this, whatever host a request names.
    base_url: `${proxy.url}/fhir`,
    db_path: path.join(folder, 'fhir.db'),
    log_inbound: false,
    simulator: { enabled: false },
    server_auth: { types: ['basic'], users: { [FHIR_USER.name]: FHIR_USER.password } },
  };
  const file = path.join(folder, 'settings.yaml');
  await writeFile(file, JSON.stringify(settings));
  // It binds every interface unless told otherwise.
  const server = start(path.join(process.env.INTEROP_VENV, 'bin', 'sekmet'), ['serve', '--host', '127.0.0.1', '--config', file], {
    directory: folder,
  });
  const [, port] = await server.printed(/Uvicorn running on http:\/\/127\.0\.0\.1:(\d+)/);
  const authorization = `Basic ${Buffer.from(`${FHIR_USER.name}:${FHIR_USER.password}`).toString('base64')}`;
  await seed(`http://127.0.0.1:${port}/fhir`, authorization);
  proxy.forwardTo(Number(port), authorization);
  return {
    base: `${proxy.url}/fhir`,
    proxy,
    stop: async () => {
      await server.stop();
      await proxy.stop();
    },
  };
}

/** Starts all servers; `stop` ends whatever still runs. */
export async function startStack() {
  const authorizationServer = await startAuthorizationServer();
  const { issuer, introspectionUrl } = authorizationServer;
  const [fhir, labs, signed, open] = await Promise.all([
    startFhir(authorizationServer),
    startRest(byIntrospection(introspectionUrl, RESOURCE_SERVER)),
    startRest(bySignature(issuer, SIGNED_RESOURCE)),
    startRest(unchecked),
  ]);
  return {
    authorizationServer,
    fhir,
    labs,
    signed,
    open,
    stop: () => Promise.all([authorizationServer, fhir, labs, signed, open].map((server) => server.stop())),
  };
}
