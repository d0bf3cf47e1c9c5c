// The clients of the authorization server that authenticate in every way it knows, and their keys, made for
// one run.

import { generateKeyPairSync } from 'node:crypto';
import { client } from './stack.mjs';

const keyPair = (type, options, alg) => {
  const { publicKey, privateKey } = generateKeyPairSync(type, options);
  return {
    privateKey,
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'interop', use: 'sig', alg }] },
  };
};
export const EC = keyPair('ec', { namedCurve: 'P-384' }, 'ES384');
export const RSA = keyPair('rsa', { modulusLength: 2048 }, 'RS384');
// Short enough to be awaited; half of it is time for a burst of requests on a slow machine.
export const SHORT_SECONDS = 5;
export const USER = { name: 'Łukasz +&=%', password: 'пароль +&=%' };

export const CLIENTS = {
  basic: client('by-basic'),
  post: client('by-post', { authentication: 'client_secret_post' }),
  es384: client('by-es384', { authentication: 'private_key_jwt', secret: undefined, jwks: EC.jwks }),
  rs384: client('by-rs384', { authentication: 'private_key_jwt', secret: undefined, jwks: RSA.jwks }),
  bound: client('bound', { bound: true }),
  user: client('application', { authentication: 'none', secret: undefined, user: USER, lifetime: SHORT_SECONDS }),
  lasting: client('application-lasting', { authentication: 'none', secret: undefined, user: USER }),
  discovered: client('discovered'),
};
