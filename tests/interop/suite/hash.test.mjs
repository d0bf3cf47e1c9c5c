// `manifold hash` at a terminal: what is typed is not shown.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';

const PYTHON = path.join(process.env.INTEROP_VENV, 'bin', 'python');
const TERMINAL = path.join(import.meta.dirname, '..', 'harness', 'terminal.py');

/** What a terminal shows while these lines are typed, and the exit code. */
function typed(...lines) {
  const command = [TERMINAL, process.env.MANIFOLD_BINARY, 'hash', 'password'];
  const { stdout, status } = spawnSync(PYTHON, command, { input: lines.map((line) => `${line}\n`).join(''), encoding: 'utf8' });
  return { shown: stdout, status };
}

describe('manifold hash at a terminal', () => {
  it('prints the hash and never the password', () => {
    const { shown, status } = typed('correct-horse', 'correct-horse');
    assert.equal(status, 0, shown);
    assert.match(shown, /\$argon2id\$v=19\$/);
    assert.doesNotMatch(shown, /correct-horse/);
  });

  it('makes no hash of two that differ', () => {
    const { shown, status } = typed('correct-horse', 'correct-hose');
    assert.equal(status, 1);
    assert.match(shown, /not the same/);
    assert.doesNotMatch(shown, /correct-ho|argon2/);
  });
});
