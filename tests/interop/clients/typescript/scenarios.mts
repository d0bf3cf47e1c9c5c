// What an application does with the client that openapi-typescript and openapi-fetch make of the demo's
// document. Everything is read through the generated types: what they do not say does not compile.

import createClient from 'openapi-fetch';
import type { components, paths } from './demo.js';

type Code = components['schemas']['Code'];
type Problem = components['schemas']['Problem'];
// All that is needed of Node, so that its types are no dependency.
declare const process: { argv: string[] };

const [, , url = '', scenario = ''] = process.argv;
const basic = (password: string) =>
  createClient<paths>({ baseUrl: url, headers: { authorization: `Basic ${btoa(`portal:${password}`)}` } });
const portal = basic('demo-password');
const robot = createClient<paths>({ baseUrl: url, headers: { 'x-api-key': 'demo-key' } });
const nobody = createClient<paths>({ baseUrl: url });

function equal<T>(actual: T, expected: NoInfer<T>, what: string) {
  if (actual !== expected) {
    throw new Error(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  }
}

/** What an operation promised when it did not fail. */
function answered<T>({ data, error }: { data?: T; error?: Problem }): T {
  if (data === undefined) {
    throw new Error(`a problem instead of an answer: ${error?.code}`);
  }
  return data;
}

/** The problem of an operation that was to fail. */
function refused({ error }: { error?: Problem }): Problem {
  if (error === undefined) {
    throw new Error('an answer instead of a problem');
  }
  return error;
}

const summary = (client: typeof portal, id: string) =>
  client.GET('/patients/{id}/summary', { params: { path: { id } } });
const complete = ({ response }: { response: Response }) => response.headers.get('manifold-complete');

const scenarios: Record<string, () => Promise<void>> = {
  whole: async () => {
    const result = await summary(portal, 'pat-001');
    const answer = answered(result);
    equal(complete(result), 'true', 'Manifold-Complete');
    equal(answer.patient.resourceType, 'Patient', 'the type of the patient');
    equal(answer.patient.id, 'pat-001', 'the id of the patient');
    equal(answer.problems, undefined, 'problems');
    // @ts-expect-error an optional call's member may be null, and the types say so
    equal(answer.vitals.type, 'searchset', 'the type of the vital signs');
    const [first] = answer.vitals?.entry ?? [];
    equal(first?.resource?.resourceType, 'Observation', 'the type of an entry');
    equal(first?.search?.mode, 'match', 'the mode of an entry');
  },
  partial: async () => {
    const result = await summary(portal, 'pat-001');
    const answer = answered(result);
    equal(complete(result), 'false', 'Manifold-Complete');
    equal(answer.patient.id, 'pat-001', 'the id of the patient');
    equal(answer.coverage, null, 'the coverage');
    equal(answer.problems?.length, 1, 'the number of problems');
    const problem = answer.problems?.[0];
    equal(problem?.call, 'coverage', 'the call');
    equal(problem?.backend, 'insurer', 'the backend');
    equal(problem?.need, 'optional', 'the need');
    equal(problem?.outcome, 'failed', 'the outcome');
    // One of the registry's codes, and no other text.
    const code: Code | undefined = problem?.code;
    equal(code, 'upstream_connect', 'the code');
  },
  key: async () => {
    const answer = answered(await robot.GET('/labs/{number}', { params: { path: { number: 'LAB-500001' } } }));
    equal(answer.results.number, 'LAB-500001', 'the number');
  },
  public: async () => {
    answered(await nobody.GET('/weather', { params: { query: { city: 'Zürich' } } }));
  },
  order: async () => {
    const result = await portal.POST('/patients/{id}/orders', {
      params: { path: { id: 'pat-001' }, header: { 'Idempotency-Key': 'order-typescript' } },
      body: { test: 'HbA1c', priority: 'urgent' },
    });
    equal(result.response.status, 201, 'the status');
    equal(answered(result).patient.id, 'pat-001', 'the id of the patient');
  },
  unauthenticated: async () => {
    const problem = refused(await summary(basic('wrong'), 'pat-001'));
    equal(problem.status, 401, 'the status');
    equal(problem.code, 'unauthenticated', 'the code');
  },
  absent: async () => {
    const problem = refused(await summary(portal, 'nobody'));
    equal(problem.status, 404, 'the status');
    equal(problem.code, 'not_found', 'the code');
    const patient = problem.calls?.find(({ call }) => call === 'patient');
    equal(patient?.outcome, 'absent', 'the outcome');
    equal(patient?.code, 'not_found', "the call's code");
  },
  invalid: async () => {
    const params = { path: { id: 'pat-001' }, query: { code: 'no LOINC code' } };
    const problem = refused(await portal.GET('/patients/{id}/observations', { params }));
    equal(problem.status, 400, 'the status');
    equal(problem.code, 'invalid_parameter', 'the code');
    equal(problem.errors?.length, 1, 'the number of errors');
    equal(problem.errors?.[0]?.in, 'query', 'the place');
    equal(problem.errors?.[0]?.name, 'code', 'the name');
  },
};

const run = scenarios[scenario];
if (run === undefined) {
  throw new Error(`no scenario is called ${scenario}`);
}
await run();
