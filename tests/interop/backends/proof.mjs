// How a backend checks a token that is bound to a key: the token by introspection, the request by the proof
// that comes with it (RFC 9449 §4.3 and §7), with a nonce of the backend's own (§9).

import { createHash, randomUUID } from 'node:crypto';
import { EmbeddedJWK, calculateJwkThumbprint, jwtVerify } from 'jose';
import { introspector } from './introspection.mjs';

/** A checker for bound tokens; `origin()` says where the backend is, `renew()` demands another nonce. */
export function byProof(url, client, origin) {
  const introspect = introspector(url, client);
  const used = new Set();
  let nonce = randomUUID();
  const check = async (token, request) => {
    const told = await introspect(token);
    if (!told.active || told.token_type !== 'DPoP') {
      return 'invalid_token';
    }
    try {
      const { payload, protectedHeader } = await jwtVerify(request.headers.dpop ?? '', EmbeddedJWK, { typ: 'dpop+jwt', maxTokenAge: '1m' });
      const hash = createHash('sha256').update(token).digest('base64url');
      const fits =
        payload.htm === request.method &&
        payload.htu === `${origin()}${request.url.split('?')[0]}` &&
        payload.ath === hash &&
        !used.has(payload.jti) &&
        (await calculateJwkThumbprint(protectedHeader.jwk)) === told.cnf.jkt;
      if (!fits) {
        return 'invalid_dpop_proof';
      }
      used.add(payload.jti);
      return payload.nonce === nonce ? undefined : 'use_dpop_nonce';
    } catch {
      return 'invalid_dpop_proof';
    }
  };
  return Object.assign(check, {
    scheme: 'DPoP',
    headers: () => ({ 'dpop-nonce': nonce }),
    renew: () => {
      nonce = randomUUID();
    },
  });
}
