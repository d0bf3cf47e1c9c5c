// Clients as application developers make them: generated from an OpenAPI document, compiled or
// type-checked together with `scenarios`, what an application does with them (`clients` beside this folder).
// `INTEROP_GENERATORS` (Python programs) and `INTEROP_OUTPUT` are given by `cargo xtask interop`.

import { execFile } from 'node:child_process';
import { cp, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const SUITE = path.join(import.meta.dirname, '..');
const JAVA = ['src', 'main', 'java', 'scenarios', 'Scenarios.java'];

/** Runs a program to its end; what it printed is in the error when it fails. */
async function run(program, parameters, directory) {
  const generators = path.join(process.env.INTEROP_GENERATORS, 'bin');
  const environment = { ...process.env, PATH: `${generators}${path.delimiter}${process.env.PATH}` };
  try {
    return await promisify(execFile)(program, parameters, { cwd: directory, env: environment, maxBuffer: 16 << 20 });
  } catch (error) {
    throw new Error(`${program} ${parameters.join(' ')}\n${error.stdout}${error.stderr}`, { cause: error });
  }
}

/**
 * A language: `build` generates and compiles in a folder of its own and returns what runs one scenario
 * against an address.
 */
const language = (name, build) => ({
  name,
  build: async (document) => {
    const folder = path.join(process.env.INTEROP_OUTPUT, 'clients', name);
    await cp(path.join(SUITE, 'clients', name), folder, { recursive: true });
    return build(folder, document);
  },
});

const typescript = language('typescript', async (folder, document) => {
  const modules = path.join(SUITE, 'node_modules');
  // Node and the compiler look for packages beside the sources.
  await symlink(modules, path.join(folder, 'node_modules'));
  const program = (name) => path.join(modules, '.bin', name);
  await run(program('openapi-typescript'), [document, '--output', 'demo.d.ts'], folder);
  await run(program('tsc'), ['--project', '.'], folder);
  return (url, scenario) => run(process.execPath, ['scenarios.mjs', url, scenario], folder);
});

const python = language('python', async (folder, document) => {
  const generate = ['generate', '--path', document, '--output-path', 'demo', '--meta', 'none', '--fail-on-warning'];
  await run('openapi-python-client', generate, folder);
  await run('mypy', ['scenarios.py', 'demo'], folder);
  return (url, scenario) => run('python', ['scenarios.py', url, scenario], folder);
});

const java = language('java', async (folder, document) => {
  const parts = 'apis,models,supportingFiles,apiDocs=false,apiTests=false,modelDocs=false,modelTests=false';
  const packages = 'library=native,hideGenerationTimestamp=true,invokerPackage=demo,apiPackage=demo.api,modelPackage=demo.model';
  const generate = ['generate', '--generator-name', 'java', '--input-spec', document, '--output', '.'];
  await run('openapi-generator-cli', [...generate, '--global-property', parts, '--additional-properties', packages], folder);
  await cp(path.join(folder, 'Scenarios.java'), path.join(folder, ...JAVA));
  // The project file is the generator's: with its versions of compiler and libraries.
  const compile = ['--batch-mode', '--quiet', '-Dmaven.compiler.release=17', '-Dmdep.outputFile=classpath', 'compile'];
  await run('mvn', [...compile, 'dependency:build-classpath'], folder);
  const classpath = (await readFile(path.join(folder, 'classpath'), 'utf8')).trim();
  // Short runs: the optimising compiler would not pay.
  const options = ['-Dfile.encoding=UTF-8', '-XX:TieredStopAtLevel=1', '-cp', ['target/classes', classpath].join(path.delimiter)];
  return (url, scenario) => run('java', [...options, 'scenarios.Scenarios', url, scenario], folder);
});

/** Every language there is a client in. */
export const LANGUAGES = [typescript, python, java];
