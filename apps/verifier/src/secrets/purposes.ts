/** What each kind of secret is sealed for, so that none opens in the place of another: one row of one column. */
export const SEALED_FOR = {
  ownerKey: (id: string): string => `owner-key/${id}`,
  payload: (id: string): string => `payload/${id}`,
  suspectHeaders: (id: string): string => `suspect-headers/${id}`,
  suspectQuery: (id: string): string => `suspect-query/${id}`,
  suspectSecrets: (id: string): string => `suspect-secrets/${id}`,
} as const;
