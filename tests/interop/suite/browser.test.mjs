// Swagger UI of the running service in a real browser. A wrong password must be shown as 401: a browser
// that opened its own login box would leave the page's request hanging, and this file would time out.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NAME, openBrowser, openOperation } from '../harness/browser.mjs';
import { PORTAL, ROBOT, configuration, environment } from '../harness/configuration.mjs';
import { startConfigured, startManifold } from '../harness/manifold.mjs';
import { startStack } from '../harness/stack.mjs';

const ROUTE = '/patients/{id}/summary';
// How the Authorize dialogue heads the two kinds of scheme.
const BASIC = '(http, Basic)';
const API_KEY = '(apiKey)';

describe('the page at /docs/', () => {
  let stack;
  let manifold;
  let browser;
  before(async () => {
    [stack, browser] = await Promise.all([startStack(), openBrowser()]);
    manifold = await startManifold(stack);
  });
  after(async () => {
    await browser?.close();
    await manifold?.stop();
    await stack?.stop();
  });

  const tryOut = async (picture, scheme, credentials) => {
    const operation = await openOperation(browser, `${manifold.url}/docs/`, ROUTE);
    await operation.authorize(scheme, credentials);
    const status = await operation.execute({ id: 'p1' });
    await operation.picture(picture);
    await operation.page.close();
    return status;
  };

  it('tries an endpoint out with a password in UTF-8 (A27)', async () => {
    assert.equal(await tryOut('docs-basic', BASIC, [PORTAL.username, PORTAL.password]), '200');
  });

  it('tries an endpoint out with an api key', async () => {
    assert.equal(await tryOut('docs-api-key', API_KEY, [ROBOT.key]), '200');
  });

  it('shows 401 for a wrong password and opens no login box', async () => {
    assert.equal(await tryOut('docs-wrong-password', BASIC, [PORTAL.username, 'wrong']), '401');
  });

  it('loads nothing from elsewhere and breaks none of its own rules', async () => {
    const page = await browser.newPage();
    const foreign = [];
    const complaints = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(manifold.url) && !request.url().startsWith('data:')) {
        foreign.push(request.url());
      }
    });
    page.on('console', (message) => {
      if (message.type() === 'error') {
        complaints.push(message.text());
      }
    });
    await page.goto(`${manifold.url}/docs/`, { waitUntil: 'networkidle' });
    await page.close();
    assert.deepEqual([foreign, complaints], [[], []]);
  });
});

describe('the page at /docs/ of protected documents', () => {
  const wrong = { ...PORTAL, password: 'wrong' };
  let stack;
  let manifold;
  before(async () => {
    stack = await startStack();
    const documents = { access: { scopes: ['patients.read'] } };
    manifold = await startConfigured({ ...configuration(stack), documents }, environment());
  });
  after(async () => {
    await manifold?.stop();
    await stack?.stop();
  });

  const inBrowser = async (login, action) => {
    const browser = await openBrowser(login);
    try {
      return await action(browser);
    } finally {
      await browser.close();
    }
  };

  // The page's own login opens no endpoint, and no answer to a script opens that box again.
  const readAndTry = async (browser, url, picture) => {
    for (const [client, expected] of [[undefined, '401'], [wrong, '401'], [PORTAL, '200']]) {
      const operation = await openOperation(browser, url, ROUTE);
      if (client) {
        await operation.authorize(BASIC, [client.username, client.password]);
      }
      assert.equal(await operation.execute({ id: 'p1' }), expected);
      await operation.picture(picture);
      await operation.page.close();
    }
  };

  for (const host of ['127.0.0.1', NAME]) {
    const docs = () => {
      const url = new URL('/docs/', manifold.url);
      url.hostname = host;
      return url;
    };

    it(`shows them at ${host} with the login that the page was opened with`, async () => {
      await inBrowser(PORTAL, (browser) => readAndTry(browser, docs().href, `docs-login-${host}`));
    });

    it(`shows them at ${host} with the login that the address holds`, async () => {
      const url = docs();
      Object.assign(url, PORTAL);
      await inBrowser(undefined, (browser) => readAndTry(browser, url.href, `docs-address-${host}`));
    });

    it(`shows nothing at ${host} to a wrong password`, async () => {
      const status = await inBrowser(wrong, async (browser) => {
        const page = await browser.newPage();
        return (await page.goto(docs().href)).status();
      });
      assert.equal(status, 401);
    });
  }
});
