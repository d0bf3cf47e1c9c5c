// Clients generated from the document that the demo serves, called as an application calls them. What is
// asserted, and through which types, stands in `clients`.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { LANGUAGES } from '../harness/clients.mjs';
import { startDemo } from '../harness/demo.mjs';
import { temporaryFolder } from '../harness/stack.mjs';

describe("clients generated from the demo's document", () => {
  let demo;
  let document;
  before(async () => {
    demo = await startDemo();
    document = path.join(await temporaryFolder(), 'openapi.json');
    await writeFile(document, await (await fetch(`${demo.url}/openapi.json`)).text());
  });
  after(() => demo?.stop());

  for (const { name, build } of LANGUAGES) {
    describe(name, () => {
      let scenario;
      before(async () => {
        const run = await build(document);
        scenario = (scenario) => run(demo.url, scenario);
      });

      it('read a whole answer, with Basic', () => scenario('whole'));
      it('read a partial answer and its problems', () => demo.during('insurer', 'refused', () => scenario('partial')));
      it('authenticate with an API key', () => scenario('key'));
      it('need no authentication where none is asked for', () => scenario('public'));
      it('send a body', () => scenario('order'));
      it('read the problem of a 401', () => scenario('unauthenticated'));
      it('read the problem of a 404, and how each call ended', () => scenario('absent'));
      it('read the errors of a 400', () => scenario('invalid'));
    });
  }
});
