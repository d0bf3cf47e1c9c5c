// A grant that oidc-provider does not have and is made to be given: a user's password (RFC 6749 §4.3), with
// a refresh token that the provider itself rotates, and whose reuse makes it revoke the whole family.

import { errors } from 'oidc-provider';

export const PASSWORD_PARAMETERS = ['username', 'password', 'scope'];

/** The handler of the grant, for the users of `clients`. */
export const passwordGrant = (provider, clients) => async (context) => {
  const { client, params } = context.oidc;
  const { user, scopes } = clients.find(({ id }) => id === client.clientId);
  if (params.username !== user.name || params.password !== user.password) {
    throw new errors.InvalidGrant('the name or the password is wrong');
  }
  const scope = params.scope ?? scopes.join(' ');
  const grant = new provider.Grant({ accountId: user.name, clientId: client.clientId });
  grant.addOIDCScope(scope);
  const issued = { accountId: user.name, client, grantId: await grant.save(), gty: 'password', scope };
  const token = new provider.AccessToken(issued);
  const refresh = new provider.RefreshToken({ ...issued, rotations: 0 });
  context.body = {
    access_token: await token.save(),
    refresh_token: await refresh.save(),
    token_type: token.tokenType,
    expires_in: token.expiration,
    scope,
  };
};
