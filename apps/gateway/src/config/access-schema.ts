import { z } from "zod";
import type { AccessConfig } from "./config.js";
import { file, header, name, network, scope, type Surroundings, text } from "./fields.js";

/** Claims as OpenID Connect (Core 1.0, section 5.1) and RFC 9068 name them. */
const CLAIMS = { account: "sub", scopes: "scope" } as const;
/** Certificates are written into the file one by one. */
const MAX_CERTIFICATES = 1000;

/** By what clients show who they are. */
export function accessSchema(surroundings: Surroundings): z.ZodType<AccessConfig> {
  const path = file(surroundings);
  const jwks = z.union([z.string().regex(/^https?:\/\//), path]);
  const holder = z.strictObject({
    certificate: text,
    account: name,
    organisation: name.nullable().default(null),
    customer: name.nullable().default(null),
    scopes: z.array(scope).min(1),
  });
  return z
    .strictObject({
      keys: path.nullable().default(null),
      jwt: z
        .strictObject({
          issuer: text,
          audience: text,
          jwks,
          allowPrivate: z.boolean().default(false),
          claims: z
            .strictObject({
              account: text.default(CLAIMS.account),
              organisation: text.nullable().default(null),
              scopes: text.default(CLAIMS.scopes),
              customer: text.nullable().default(null),
            })
            .prefault({}),
        })
        .nullable()
        .default(null),
      mtls: z
        .strictObject({
          header,
          proxies: z.array(network).min(1).max(100),
          accounts: z.array(holder).min(1).max(MAX_CERTIFICATES),
        })
        .nullable()
        .default(null),
    })
    .refine(
      ({ keys, jwt, mtls }) => keys !== null || jwt !== null || mtls !== null,
      "needs keys, jwt, mtls, or several of them",
    );
}
