// How a backend of the suite checks a bearer token: by asking the authorization server (RFC 7662),
// by the token's signature, or not at all. Each checker returns what is wrong, or nothing.

import { createRemoteJWKSet, jwtVerify } from 'jose';

/** How an OAuth client names itself: id and secret form-urlencoded before base64 (RFC 6749 §2.3.1). */
export const clientBasic = ({ id, secret }) =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;

/** What the authorization server at `url` tells `client` about a token. */
export function introspector(url, client) {
  const authorization = clientBasic(client);
  return async (token) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams({ token }),
    });
    return answer.json();
  };
}

/** Asks the authorization server about every token, as `client`. */
export function byIntrospection(url, client) {
  const introspect = introspector(url, client);
  return async (token) => ((await introspect(token)).active ? undefined : 'invalid_token');
}

/** Verifies the signature, issuer and audience; never calls the authorization server about a token. */
export function bySignature(issuer, audience) {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  return async (token) => {
    try {
      await jwtVerify(token, keys, { issuer, audience });
      return undefined;
    } catch {
      return 'invalid_token';
    }
  };
}

/** Takes every request, with a token or without. */
export const unchecked = async () => undefined;

/** The token of a request, or nothing. */
export function bearer(request) {
  return /^(?:Bearer|DPoP) (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Answers 401 with the challenge of RFC 6750 §3, or of RFC 9449 §7.1, when the token is missing or refused. */
export async function refused(check, request, response) {
  const token = bearer(request);
  if (check === unchecked) {
    return false;
  }
  const problem = token === undefined ? '' : await check(token, request);
  if (problem === undefined) {
    return false;
  }
  const challenge = `${check.scheme ?? 'Bearer'}${problem && ` error="${problem}"`}`;
  response.writeHead(401, { 'www-authenticate': challenge, 'content-type': 'application/json', ...check.headers?.() });
  response.end('{"error":"unauthorized"}');
  return true;
}
