// One request in, the real FHIR server and REST backends asked, one answer out.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RESULTS } from '../backends/rest.mjs';
import { PORTAL, ROBOT } from '../harness/configuration.mjs';
import { basic, startManifold } from '../harness/manifold.mjs';
import { VITAL_SIGNS } from '../harness/patients.mjs';
import { CLIENTS, startStack } from '../harness/stack.mjs';

describe('an aggregated answer', () => {
  let stack;
  let manifold;
  let token;
  before(async () => {
    stack = await startStack();
    manifold = await startManifold(stack);
    token = await stack.authorizationServer.token(CLIENTS.hospital);
  });
  after(async () => {
    await manifold?.stop();
    await stack?.stop();
  });

  const direct = async (url) => (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).text();

  it('a01_a16_a17_one_request_is_answered_from_a_fhir_and_a_rest_backend', async () => {
    const answer = await manifold.get('/patients/p1/summary');
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.complete, 'true');
    assert.equal(answer.json.patient.id, 'p1');
    assert.equal(answer.json.vitals.resourceType, 'Bundle');
    assert.equal(answer.json.results.number, 'MRN-1');
    assert.equal(answer.json.problems, undefined);
  });

  it('resources and rest bodies arrive byte for byte as their servers sent them', async () => {
    const { text } = await manifold.get('/patients/p1/summary');
    assert.ok(text.includes(await direct(`${stack.fhir.base}/Patient/p1`)), text);
    assert.ok(text.includes(RESULTS), text);
    for (let number = 1; number <= VITAL_SIGNS; number += 1) {
      assert.ok(text.includes(await direct(`${stack.fhir.base}/Observation/pulse-${number}`)), text);
    }
  });

  it('a search over several pages of the real server is one bundle without its paging links', async () => {
    stack.fhir.proxy.requests.length = 0;
    const { json } = await manifold.get('/patients/p1/summary');
    const ids = json.vitals.entry.map((entry) => entry.resource.id);
    assert.equal(new Set(ids).size, VITAL_SIGNS);
    assert.equal(json.vitals.type, 'searchset');
    assert.ok(!(json.vitals.link ?? []).some((link) => link.relation === 'next'));
    const pages = stack.fhir.proxy.requests.filter((request) => request.url.includes('/Observation'));
    assert.equal(pages.length, 3);
    assert.ok(pages.every((page) => page.token));
  });

  it('a12_backends_on_one_credential_share_one_token_and_others_have_their_own', async () => {
    assert.equal((await manifold.get('/patients/p1/summary')).status, 200);
    assert.equal((await manifold.get('/checks')).status, 200);
    assert.deepEqual(await stack.authorizationServer.tokenRequests(CLIENTS.posted), [200]);
    assert.equal(stack.fhir.proxy.lastToken(), stack.labs.requests.find((request) => request.url.startsWith('/results'))?.token);
    const tokens = new Set([stack.fhir.proxy, stack.signed].map((backend) => backend.lastToken()));
    assert.equal(tokens.size, 2);
  });

  it('a14_it_makes_no_difference_how_a_backend_checks_the_token', async () => {
    const answer = await manifold.get('/checks');
    assert.equal(answer.status, 200, answer.text);
    for (const member of ['introspected', 'posted', 'signed', 'open']) {
      assert.equal(answer.json[member].number, 'MRN-1', member);
    }
    assert.match(stack.signed.lastToken(), /^[\w-]+\.[\w-]+\.[\w-]+$/);
    assert.equal(stack.open.lastToken(), undefined);
  });

  it('a13_a_paging_link_to_another_origin_gets_no_token_and_no_request', async () => {
    stack.fhir.proxy.requests.length = 0;
    const answer = await manifold.get('/patients/p1/elsewhere');
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.complete, 'false');
    assert.equal(answer.json.problems[0].code, 'search_incomplete');
    assert.equal(stack.fhir.proxy.requests.length, 1);
  });

  it('a required resource that does not exist is a 404', async () => {
    const answer = await manifold.get('/patients/nobody-7/summary');
    assert.equal(answer.status, 404, answer.text);
    assert.equal(answer.json.code, 'not_found');
  });

  it('a27_a28_a_client_by_basic_or_api_key_is_known_and_others_are_refused', async () => {
    assert.equal((await manifold.get('/checks', { 'x-api-key': ROBOT.key })).status, 200);
    assert.equal((await manifold.get('/checks', { 'x-api-key': 'another key' })).status, 401);
    const anonymous = await manifold.get('/checks', {});
    assert.equal(anonymous.status, 401);
    assert.match(anonymous.headers.get('www-authenticate'), /Basic realm="[^"]+", charset="UTF-8"/);
  });

  it('a30_the_credentials_of_the_client_reach_no_backend', async () => {
    await manifold.get('/checks');
    await manifold.get('/checks', { 'x-api-key': ROBOT.key });
    for (const backend of [stack.labs, stack.signed, stack.open, stack.fhir.proxy]) {
      const told = JSON.stringify(backend.requests.map((request) => request.headers));
      assert.ok(!told.includes(basic(PORTAL)) && !told.includes(ROBOT.key));
    }
  });
});
