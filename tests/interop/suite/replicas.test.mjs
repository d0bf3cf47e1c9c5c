// Two replicas of Manifold that share their tokens through a real Redis, and what becomes of them when it goes.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { byIntrospection } from '../backends/introspection.mjs';
import { startRest } from '../backends/rest.mjs';
import { perCredential } from '../harness/configuration.mjs';
import { startConfigured } from '../harness/manifold.mjs';
import { CLIENTS, SHORT_SECONDS, USER } from '../harness/methods.mjs';
import { start, until } from '../harness/process.mjs';
import { startRedis } from '../harness/redis.mjs';
import { RESOURCE_SERVER, SCOPES, startAuthorizationServer } from '../harness/stack.mjs';

describe('the store of tokens', () => {
  it('passes its own tests against redis', async () => {
    const redis = await startRedis({ password: '' });
    try {
      const tests = start(process.env.INTEROP_STORE_TESTS, ['--nocapture'], { environment: { REDIS_URL: redis.url } });
      assert.deepEqual(await tests.exited, { code: 0, signal: null }, tests.output());
      assert.match(tests.output(), /test result: ok\. [1-9]\d* passed/);
    } finally {
      await redis.stop();
    }
  });
});

describe('two replicas with one store', () => {
  let authorizationServer;
  let backend;
  let redis;
  let replicas;
  before(async () => {
    [authorizationServer, redis] = await Promise.all([startAuthorizationServer({ clients: CLIENTS }), startRedis()]);
    const { tokenUrl, introspectionUrl } = authorizationServer;
    backend = await startRest(byIntrospection(introspectionUrl, RESOURCE_SERVER));
    const at = ({ id }, more) => ({ token_url: tokenUrl, client_id: id, scopes: SCOPES, ...more });
    const service = (client) => at(client, { client_secret: '${env:SECRET}' });
    const user = { grant: 'password', authentication: 'none', username: USER.name, password: '${env:PASSWORD}' };
    const settings = perCredential(
      backend,
      {
        first: service(CLIENTS.basic),
        later: service(CLIENTS.discovered),
        user: at(CLIENTS.user, user),
      },
      { tokens: { store: { redis: redis.url, password: '${env:REDIS_PASSWORD}', encryption_key: '${env:STORE_KEY}' } } },
    );
    const variables = {
      SECRET: CLIENTS.basic.secret,
      PASSWORD: USER.password,
      REDIS_PASSWORD: redis.password,
      STORE_KEY: randomBytes(32).toString('base64'),
    };
    replicas = await Promise.all([startConfigured(settings, variables), startConfigured(settings, variables)]);
  });
  after(async () => {
    await Promise.all((replicas ?? []).map((replica) => replica.stop()));
    await Promise.all([backend, redis, authorizationServer].map((server) => server?.stop()));
  });

  const work = async (route, count = 1) => {
    const answers = await Promise.all(replicas.flatMap((replica) => Array.from({ length: count }, () => replica.get(route))));
    for (const answer of answers) {
      assert.equal(answer.status, 200, `${answer.text}\n${replicas.map((replica) => replica.output()).join('\n')}`);
    }
  };

  it('fetch one token between them, however many ask at once', async () => {
    await work('/first', 20);
    assert.deepEqual(await authorizationServer.tokenRequests(CLIENTS.basic), [200]);
    assert.equal(new Set(backend.requests.map(({ token }) => token)).size, 1);
  });

  it('a10 one finds out that a token is revoked, and one token replaces it for both', async () => {
    const form = new URLSearchParams({ token: backend.lastToken() });
    await fetch(`${authorizationServer.tokenUrl}/revocation`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${CLIENTS.basic.id}:${encodeURIComponent(CLIENTS.basic.secret)}`).toString('base64')}` },
      body: form,
    });
    await work('/first', 5);
    assert.deepEqual(await authorizationServer.tokenRequests(CLIENTS.basic), [200, 200]);
  });

  it('b09 show a refresh token once between them', async () => {
    await work('/user');
    for (let renewal = 1; renewal <= 2; renewal += 1) {
      await new Promise((resolve) => setTimeout(resolve, (SHORT_SECONDS + 1) * 1000));
      await work('/user', 15);
      const renewals = Array.from({ length: renewal }, () => 'refresh_token');
      assert.deepEqual(await authorizationServer.grants(CLIENTS.user), ['password', ...renewals]);
    }
  });

  it('leave nothing in redis that can be read', async () => {
    const { keys, text } = await redis.contents();
    assert.ok(keys.length > 0);
    const secrets = backend.requests.map(({ token }) => token);
    for (const secret of [...secrets, CLIENTS.basic.secret, CLIENTS.basic.id, USER.password, USER.name].filter(Boolean)) {
      assert.ok(!text.includes(secret), 'redis holds a secret in the clear');
    }
  });

  it('go on alone when redis goes, say so, and share again when it is back', async () => {
    await redis.stop();
    await work('/first', 5);
    await work('/later', 5);
    // Each for itself: nobody coordinates them.
    assert.deepEqual(await authorizationServer.tokenRequests(CLIENTS.discovered), [200, 200]);
    await Promise.all(replicas.map((replica) => replica.printed(/token store is away/)));
    const away = async ({ admin }) => /token_store_away\S* 1/.test(await (await fetch(`${admin}/metrics`)).text());
    assert.deepEqual(await Promise.all(replicas.map(away)), [true, true]);
    redis = await startRedis({ port: redis.port });
    await until('the store in use again', async () => {
      await work('/user');
      return (await redis.contents()).keys.length > 0;
    });
    await Promise.any(replicas.map((replica) => replica.printed(/token store is back/)));
  });
});
