// Debian's Chromium driven on a Swagger UI page, as a developer uses it: authorize, try it out, execute.

import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
// A browser's own calls home fail slowly where there is no way out, and some run as root.
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A name that leads the browser here: what it says of a script it says to https and loopback only. */
export const NAME = 'manifold.example';

/** Opens a browser with an empty profile; `login` is what is typed into its login box. */
export async function openBrowser(login) {
  const profile = await mkdtemp(path.join(process.env.INTEROP_OUTPUT, 'profile-'));
  return chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: [...FLAGS, `--host-resolver-rules=MAP ${NAME} 127.0.0.1`],
    viewport: { width: 1280, height: 1600 },
    httpCredentials: login,
  });
}

/** Opens the page and unfolds the operation of `route`. */
export async function openOperation(browser, url, route) {
  const page = await browser.newPage();
  await page.goto(url);
  const operation = page.locator('.opblock').filter({ has: page.locator(`[data-path="${route}"]`) });
  await operation.locator('.opblock-summary-control').click();
  return {
    page,
    /** Fills the Authorize dialogue's fields of one scheme and closes it. */
    authorize: async (scheme, values) => {
      await page.locator('.auth-wrapper .btn.authorize').first().click();
      const form = page.locator('.auth-container').filter({ hasText: scheme });
      for (const [index, value] of values.entries()) {
        await form.locator('input').nth(index).fill(value);
      }
      await form.locator('button.authorize').click();
      await page.locator('.btn-done').first().click();
    },
    /** Tries the operation out and returns the status that the page shows. */
    execute: async (parameters) => {
      await operation.locator('.try-out__btn').waitFor();
      // A page may open its operations ready to be tried: the button then cancels.
      if ((await operation.locator('.try-out__btn.cancel').count()) === 0) {
        await operation.locator('.try-out__btn').click();
      }
      for (const [name, value] of Object.entries(parameters)) {
        await operation.locator(`tr[data-param-name="${name}"] input`).fill(value);
      }
      await operation.locator('.execute').click();
      const status = operation.locator('.live-responses-table .response td.response-col_status').first();
      return (await status.innerText()).match(/\d{3}/)[0];
    },
    /** Leaves a picture for a person to look at. */
    picture: (name) => page.screenshot({ path: path.join(process.env.INTEROP_OUTPUT, `${name}.png`) }),
  };
}
