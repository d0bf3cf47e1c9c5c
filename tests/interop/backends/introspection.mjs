// How a backend of the suite checks a bearer token: by asking the authorization server (RFC 7662),
// by the token's signature, or not at all. Each checker returns what is wrong, or nothing.

import { createRemoteJWKSet, jwtVerify } from 'jose';

/** How an OAuth client names itself: id and secret form-urlencoded before base64 (RFC 6749 §2.3.1). */
export const clientBasic = ({ id, secret }) =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;

/** Asks the authorization server about every token, as `client`. */
export function byIntrospection(issuer, client) {
  const authorization = clientBasic(client);
  return async (token) => {
    const answer = await fetch(`${issuer}/token/introspection`, {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams({ token }),
    });
    const { active } = await answer.json();
    return active ? undefined : 'inactive';
  };
}

/** Verifies the signature, issuer and audience; never calls the authorization server about a token. */
export function bySignature(issuer, audience) {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  return async (token) => {
    try {
      await jwtVerify(token, keys, { issuer, audience });
      return undefined;
    } catch (error) {
      return error.code ?? 'unverifiable';
    }
  };
}

/** Takes every request, with a token or without. */
export const unchecked = async () => undefined;

/** The bearer token of a request, or nothing. */
export function bearer(request) {
  return /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Answers 401 with the challenge of RFC 6750 §3 when the token is missing or refused. */
export async function refused(check, request, response) {
  const token = bearer(request);
  if (check === unchecked) {
    return false;
  }
  if (token !== undefined && (await check(token)) === undefined) {
    return false;
  }
  const error = token === undefined ? '' : ' error="invalid_token"';
  response.writeHead(401, { 'www-authenticate': `Bearer${error}`, 'content-type': 'application/json' });
  response.end('{"error":"unauthorized"}');
  return true;
}
