import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { canonicalBytes, portableSha256, type Sha256, sha256Hex } from "./canonical.js";
import { readDocument } from "./document.js";
import { altered, EvidenceError } from "./error.js";
import {
  anyManifestSchema,
  type BundleVersion,
  MANIFEST_NAME,
  type Manifest,
  type ManifestFile,
  type ManifestSignature,
  manifestSchema,
  manifestSignatureSchema,
  manifestType,
  NEWEST_VERSION,
  SIGNATURE_NAME,
} from "./manifest.js";
import { publicKey, sign, verifySignature } from "./sign.js";
import { STORED, type ZipEntry } from "./zip-frame.js";
import type { ZipLimits } from "./zip-limits.js";
import { readZip, type Unpacker, unpackEntry } from "./zip-read.js";
import { packEntry, writeZip } from "./zip-write.js";

/** A bundle that was read: every file has the hash that its manifest gives. Who signed it is another question. */
export interface Bundle {
  readonly manifest: Manifest;
  readonly signature: ManifestSignature;
  /** Exact bytes of manifest.json, which are what was signed. */
  readonly signed: Uint8Array;
  /** Files of the manifest, by path, in the manifest's order. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface ReadBundleOptions {
  readonly limits?: ZipLimits;
  readonly sha256?: Sha256;
  readonly unpacker?: Unpacker;
}

/**
 * Put files into one signed archive. The same files, key and packer give the same bytes.
 *
 * @param files by path
 * @param seed signing seed, 32 bytes
 * @param version of the format; the newest unless told
 * @throws EvidenceError BUNDLE_RESERVED_NAME, KEY_INVALID, and those of `writeZip`
 */
export function makeBundle(
  files: ReadonlyMap<string, Uint8Array>,
  seed: Uint8Array,
  sha256: Sha256 = portableSha256,
  version: BundleVersion = NEWEST_VERSION,
): Uint8Array {
  for (const name of [MANIFEST_NAME, SIGNATURE_NAME]) {
    if (files.has(name))
      throw new EvidenceError("BUNDLE_RESERVED_NAME", `"${name}" is made here`, "Leave it out.");
  }
  const entries = [...files].map(([name, content]) => packEntry(name, content));
  const listed = entries.map((entry): [string, ManifestFile] => [
    entry.name,
    {
      bytes: entry.size,
      sha256: sha256Hex(files.get(entry.name) ?? new Uint8Array(0), sha256),
      deflated: deflatedOf(entry, sha256),
    },
  ]);
  const manifest: Manifest = { version, kind: "indicia evidence", files: Object.fromEntries(listed) };
  const signed = canonicalBytes(manifest);
  const signature: ManifestSignature = {
    version: 1,
    payloadType: manifestType(version),
    publicKey: bytesToHex(publicKey(seed)),
    signature: bytesToHex(sign(seed, { type: manifestType(version), payload: signed })),
  };
  return writeZip([
    ...entries,
    packEntry(MANIFEST_NAME, signed, { stored: true }),
    packEntry(SIGNATURE_NAME, canonicalBytes(signature), { stored: true }),
  ]);
}

/**
 * Read a bundle: the archive, the manifest, and every file against it. Any byte that differs from what was made is
 * found, here or by `checkBundleSignature`.
 *
 * @throws EvidenceError all of `readZip` and `unpackEntry`, BUNDLE_MANIFEST, BUNDLE_VERSION, BUNDLE_FILE_MISSING,
 *   BUNDLE_FILE_UNLISTED, BUNDLE_FILE_CHANGED, SIGNATURE_MALFORMED
 */
export function readBundle(bytes: Uint8Array, options?: ReadBundleOptions): Bundle {
  const sha256 = options?.sha256 ?? portableSha256;
  const entries = new Map(readZip(bytes, options?.limits).map((entry) => [entry.name, entry]));
  const signed = ownFile(entries, MANIFEST_NAME);
  const manifest = readManifest(signed);
  const signature = readDocument(ownFile(entries, SIGNATURE_NAME), {
    name: "the signature",
    schema: manifestSignatureSchema,
    code: "SIGNATURE_MALFORMED",
  });
  for (const name of entries.keys()) {
    if (name === MANIFEST_NAME || name === SIGNATURE_NAME || Object.hasOwn(manifest.files, name)) continue;
    throw altered("BUNDLE_FILE_UNLISTED", `"${name}" is not in the manifest`);
  }
  const files = new Map<string, Uint8Array>();
  for (const [name, listed] of Object.entries(manifest.files)) {
    const entry = entries.get(name);
    if (entry === undefined)
      throw altered("BUNDLE_FILE_MISSING", `"${name}" is in the manifest but not in the archive`);
    files.set(name, checkedContent(entry, listed, sha256, options?.unpacker));
  }
  return { manifest, signature, signed, files };
}

/**
 * Check that the manifest was signed with the key that its signature names.
 *
 * @throws EvidenceError SIGNATURE_INVALID
 */
export function checkBundleSignature({ manifest, signature, signed }: Bundle): void {
  const key = hexToBytes(signature.publicKey);
  const type = manifestType(manifest.version);
  const payload = { type, payload: signed };
  if (signature.payloadType === type && verifySignature(hexToBytes(signature.signature), payload, key))
    return;
  throw altered("SIGNATURE_INVALID", "the signature of the manifest is not good");
}

function readManifest(bytes: Uint8Array): Manifest {
  const code = "BUNDLE_MANIFEST";
  const { version } = readDocument(bytes, { name: "the manifest", schema: anyManifestSchema, code });
  if (version > NEWEST_VERSION) {
    const message = `the bundle has format version ${version}`;
    throw new EvidenceError("BUNDLE_VERSION", message, "Verify it with a newer version of Indicia.");
  }
  return readDocument(bytes, { name: "the manifest", schema: manifestSchema, code });
}

/** The manifest and its signature: stored, since no hash elsewhere covers their packed form. */
function ownFile(entries: ReadonlyMap<string, ZipEntry>, name: string): Uint8Array {
  const entry = entries.get(name);
  if (entry === undefined) throw altered("BUNDLE_FILE_MISSING", `the archive has no "${name}"`);
  if (entry.method === STORED) return unpackEntry(entry);
  throw altered("BUNDLE_FILE_CHANGED", `"${name}" is deflated`);
}

function checkedContent(
  entry: ZipEntry,
  listed: ManifestFile,
  sha256: Sha256,
  unpacker?: Unpacker,
): Uint8Array {
  const found = deflatedOf(entry, sha256);
  const same = found?.bytes === listed.deflated?.bytes && found?.sha256 === listed.deflated?.sha256;
  // The packed bytes are compared first: what is unpacked is then exactly what was signed.
  if (!same || entry.size !== listed.bytes) throw changed(entry.name);
  const content = unpackEntry(entry, unpacker);
  if (sha256Hex(content, sha256) !== listed.sha256) throw changed(entry.name);
  return content;
}

function deflatedOf({ method, packed }: ZipEntry, sha256: Sha256): ManifestFile["deflated"] {
  return method === STORED ? null : { bytes: packed.length, sha256: sha256Hex(packed, sha256) };
}

function changed(name: string): EvidenceError {
  return altered("BUNDLE_FILE_CHANGED", `"${name}" is not the file that the manifest lists`);
}
