import { z } from "zod";
import { hex32 } from "./scalars.js";

/** Names of the two files that the manifest does not list. */
export const MANIFEST_NAME = "manifest.json";
export const SIGNATURE_NAME = "signature.json";

/** Versions of the format; each verifies for ever. Version 2 adds what a court reads. */
export type BundleVersion = 1 | 2;
export const NEWEST_VERSION: BundleVersion = 2;

/** Type under which a manifest is signed. */
export type ManifestType = `application/vnd.indicia.manifest+json; version=${BundleVersion}`;
export const manifestType = (version: BundleVersion): ManifestType =>
  `application/vnd.indicia.manifest+json; version=${version}`;

/** What a manifest says of one file. */
export interface ManifestFile {
  readonly bytes: number;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  /**
   * How it lies in the archive: length and SHA-256 of its deflated bytes, or null where it is stored as it is. With
   * these the signature covers the packed bytes too, and nobody has to pack them again, with the same packer, to tell.
   */
  readonly deflated: { readonly bytes: number; readonly sha256: string } | null;
}

/** manifest.json: every file of a bundle but itself and its signature. */
export interface Manifest {
  readonly version: BundleVersion;
  readonly kind: "indicia evidence";
  readonly files: Record<string, ManifestFile>;
}

/** signature.json: who vouches for the manifest. */
export interface ManifestSignature {
  readonly version: 1;
  readonly payloadType: ManifestType;
  /** Ed25519 public key, hex. */
  readonly publicKey: string;
  /** Ed25519 over the DSSE pre-authentication encoding of the type and the bytes of manifest.json, hex. */
  readonly signature: string;
}

const count: z.ZodType<number> = z.int().min(0);

export const manifestSchema: z.ZodType<Manifest> = z.strictObject({
  version: z.literal([1, 2]),
  kind: z.literal("indicia evidence"),
  files: z.record(
    z.string(),
    z.strictObject({
      bytes: count,
      sha256: hex32,
      deflated: z.strictObject({ bytes: count, sha256: hex32 }).nullable(),
    }),
  ),
});

/** What a manifest of any version has, so that a newer one can be told from a broken one. */
export const anyManifestSchema: z.ZodType<{ version: number }> = z.looseObject({ version: z.int().min(1) });

export const manifestSignatureSchema: z.ZodType<ManifestSignature> = z.strictObject({
  version: z.literal(1),
  payloadType: z.literal([manifestType(1), manifestType(2)]),
  publicKey: hex32,
  signature: z.string().regex(/^[0-9a-f]{128}$/),
});
