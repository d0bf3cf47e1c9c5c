// The configuration that the suite runs Manifold with: YAML by being JSON, secrets by environment.

import { createHash } from 'node:crypto';
import { CLIENTS, SIGNED_RESOURCE } from './stack.mjs';

/** A client by Basic: a colon and non-ASCII letters in the password (acceptance A27). */
export const PORTAL = { username: 'portal', password: 'open:sésame' };
/** A client by API key. */
export const ROBOT = { key: 'robot key of the interop suite' };

// Argon2id of the password, made once: the suite needs no hashing program.
const PORTAL_HASH = '$argon2id$v=19$m=19456,t=2,p=1$Otw+mJLzI6aVCsROugx+4g$SEs+JXgKzK1V1hnoZVWGk4Uljbp6D6f8fK8BD3z9Ltg';

/** The environment that the configuration's `${env:…}` refer to. */
export const environment = () => ({
  SECRET: CLIENTS.hospital.secret,
  WRONG_SECRET: 'not the secret',
  // The log is read for addresses and warnings.
  NO_COLOR: '1',
});

const credential = ({ id, scopes }, tokenUrl, more = {}) => ({
  oauth2: { token_url: tokenUrl, client_id: id, client_secret: '${env:SECRET}', scopes, ...more },
});

const rest = (backend, credential) => ({
  rest: {},
  url: backend.url,
  ...(credential && { credential }),
  // A queue on a slow machine must not look like a slow backend.
  timeout: '20s',
});

const endpoint = (route, calls, more = {}) => ({
  get: route,
  access: { scopes: ['patients.read'] },
  budget: '30s',
  calls,
  ...more,
});

const results = (backend, more = {}) => ({ backend, get: '/results/MRN-1', ...more });

/** Who may call and where: what every configuration begins with. */
export const frame = () => ({
  server: { listen: '127.0.0.1:0', admin: '127.0.0.1:0', lame_duck: '250ms', drain: '20s' },
  clients: {
    portal: { basic: { username: PORTAL.username, password_hash: PORTAL_HASH }, scopes: ['patients.read'] },
    robot: { api_key: { sha256: createHash('sha256').update(ROBOT.key).digest('hex') }, scopes: ['patients.read'] },
  },
});

/** A configuration with one REST backend and one endpoint, `/NAME`, per credential. */
export const perCredential = (backend, credentials, more = {}) => ({
  ...frame(),
  credentials: Object.fromEntries(Object.entries(credentials).map(([name, oauth2]) => [name, { oauth2 }])),
  backends: Object.fromEntries(Object.keys(credentials).map((name) => [`at_${name}`, rest(backend, name)])),
  endpoints: Object.keys(credentials).map((name) => endpoint(`/${name}`, { results: results(`at_${name}`) })),
  ...more,
});

/** The whole configuration; `doomed` is an authorization server that a test is going to kill. */
export function configuration(stack, doomed) {
  const { tokenUrl } = stack.authorizationServer;
  const doomedUrl = doomed?.tokenUrl ?? tokenUrl;
  const summary = {
    patient: { backend: 'ehr', read: 'Patient/{id}' },
    vitals: {
      backend: 'ehr',
      search: 'Observation',
      query: { patient: '{id}', category: 'vital-signs', _count: '3' },
      need: 'optional',
    },
    results: { backend: 'labs', get: '/results/{calls.patient.identifier[0].value}', need: 'optional' },
  };
  return {
    ...frame(),
    credentials: {
      hospital: credential(CLIENTS.hospital, tokenUrl),
      posted: credential(CLIENTS.posted, tokenUrl, { authentication: 'client_secret_post' }),
      signed: credential(CLIENTS.signed, tokenUrl, { resources: [SIGNED_RESOURCE] }),
      short: credential(CLIENTS.short, tokenUrl),
      narrow: credential({ ...CLIENTS.narrow, scopes: [...CLIENTS.narrow.scopes, 'system/Encounter.rs'] }, tokenUrl),
      wrong: credential(CLIENTS.wrong, tokenUrl, { client_secret: '${env:WRONG_SECRET}' }),
      warm: credential(CLIENTS.warm, doomedUrl),
      cold: credential(CLIENTS.cold, doomedUrl),
    },
    backends: {
      ehr: { fhir: 'R4', url: stack.fhir.base, credential: 'hospital', timeout: '20s' },
      // The same server by another name: its paging links lead to an origin that is not this one.
      ehr_elsewhere: {
        fhir: 'R4',
        url: stack.fhir.base.replace('127.0.0.1', 'localhost'),
        credential: 'hospital',
        timeout: '20s',
      },
      labs: rest(stack.labs, 'hospital'),
      labs_posted: rest(stack.labs, 'posted'),
      labs_signed: rest(stack.signed, 'signed'),
      labs_short: rest(stack.labs, 'short'),
      labs_narrow: rest(stack.labs, 'narrow'),
      labs_wrong: rest(stack.labs, 'wrong'),
      labs_warm: rest(stack.open, 'warm'),
      labs_cold: rest(stack.open, 'cold'),
      labs_open: rest(stack.open),
    },
    documents: { access: 'public' },
    endpoints: [
      endpoint('/patients/{id}/summary', summary, { patient: '{id}' }),
      endpoint('/patients/{id}/elsewhere', { vitals: { ...summary.vitals, backend: 'ehr_elsewhere' } }, { patient: '{id}' }),
      endpoint('/checks', {
        introspected: results('labs'),
        posted: results('labs_posted'),
        signed: results('labs_signed'),
        open: results('labs_open'),
      }),
      endpoint('/short', { results: results('labs_short') }),
      endpoint('/narrow', { results: results('labs_narrow') }),
      endpoint('/wrong', { results: results('labs_wrong') }),
      endpoint('/wrong/optional', {
        results: results('labs_open'),
        refused: results('labs_wrong', { need: 'optional' }),
      }),
      endpoint('/warm', { results: results('labs_warm') }),
      endpoint('/cold', { results: results('labs_cold') }),
      endpoint('/warm-and-cold', { warm: results('labs_warm'), cold: results('labs_cold', { need: 'optional' }) }),
      endpoint('/held', { held: { backend: 'labs_open', get: '/held' } }),
    ],
  };
}
