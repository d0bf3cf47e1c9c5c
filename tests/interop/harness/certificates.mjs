// A certificate authority for one run, by Debian's `openssl`: what a hospital's own authority would issue.

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './stack.mjs';

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority; `issue` gives certificates of it, `selfSign` others. All are paths and texts in PEM. */
export async function makeAuthority() {
  const folder = await temporaryFolder();
  const at = (name) => path.join(folder, name);
  const openssl = (...parameters) => run('openssl', parameters, { cwd: folder });
  const pair = async (name) => ({
    certificate: at(`${name}.pem`),
    key: at(`${name}.key`),
    certificatePem: await readFile(at(`${name}.pem`), 'utf8'),
    keyPem: await readFile(at(`${name}.key`), 'utf8'),
  });
  const selfSign = async (name) => {
    await openssl('req', '-x509', ...KEY, '-days', '1', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`);
    return pair(name);
  };
  const authority = await selfSign('authority');
  return {
    ...authority,
    selfSign,
    issue: async (name) => {
      await writeFile(at(`${name}.ext`), `subjectAltName=DNS:${name}\nbasicConstraints=CA:FALSE\n`);
      await openssl('req', ...KEY, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
      const signed = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial', '-days', '1', '-extfile', `${name}.ext`];
      await openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`);
      return pair(name);
    },
  };
}
