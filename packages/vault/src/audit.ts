import { randomInt } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { chainLines, RECOVERED } from "@indicia/evidence/chain";
import { type ChainFile, openChain } from "@indicia/evidence/chain-file";
import { EvidenceError } from "@indicia/evidence/error";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { checkedLines, enclosedBody } from "@indicia/evidence/query-lines";
import { z } from "zod";
import { VaultError } from "./error.js";
import type { VaultIndex } from "./vault-index.js";

/** File of a vault that says what was done to it: append-only, each line with the hash of the one before. */
export const AUDIT_FILE = "audit.jsonl";
/** Longest time between looks whether another process has let go of the vault, and looks; handing out a large model takes longer. */
const RETRY_MILLISECONDS = 400;
const RETRIES = 50;

/** What is done to a vault. `to` are recipients, or the word "passphrase". */
export interface AuditEntries {
  readonly created: { readonly to: string[] };
  readonly added: {
    readonly name: string;
    readonly to: string[];
    readonly sha256: string;
    readonly external: string[];
    readonly signed: boolean;
  };
  readonly opened: { readonly name: string; readonly sha256: string };
  /** Decrypted to see whether it can be, and thrown away. */
  readonly checked: { readonly name: string; readonly sha256: string };
  readonly get: {
    readonly name: string;
    readonly sha256: string;
    readonly recipient: string;
    readonly encryptedTo: string | null;
    readonly payload: string | null;
  };
  readonly "handed-out": { readonly name: string; readonly recipient: string; readonly sha256: string };
  /** What was noted before did not come about. */
  readonly failed: {
    readonly name: string;
    readonly action: "opened" | "checked" | "get";
    /** Such as VAULT_LOCKED_OUT. */
    readonly code: string;
  };
  readonly "rotation-began": { readonly to: string[] };
  readonly "re-encrypted": { readonly name: string; readonly to: string[] };
  readonly rotated: { readonly to: string[]; readonly models: number };
}
export type AuditType = keyof AuditEntries;

const text: z.ZodType<string> = z.string();
const hash: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);
const to: z.ZodType<string[]> = z.array(z.string());
type Schema = z.ZodType<Readonly<Record<string, unknown>>>;

/** `by` is who the system said it was. */
const SCHEMAS: { readonly [T in AuditType]: Schema } = {
  created: z.strictObject({ by: text, to }),
  added: z.strictObject({
    by: text,
    name: text,
    to,
    sha256: hash,
    external: z.array(hash),
    signed: z.boolean(),
  }),
  opened: z.strictObject({ by: text, name: text, sha256: hash }),
  checked: z.strictObject({ by: text, name: text, sha256: hash }),
  failed: z.strictObject({ by: text, name: text, action: z.enum(["opened", "checked", "get"]), code: text }),
  get: z.strictObject({
    by: text,
    name: text,
    sha256: hash,
    recipient: text,
    encryptedTo: text.nullable(),
    payload: text.nullable(),
  }),
  "handed-out": z.strictObject({ by: text, name: text, recipient: text, sha256: hash }),
  "rotation-began": z.strictObject({ by: text, to }),
  "re-encrypted": z.strictObject({ by: text, name: text, to }),
  rotated: z.strictObject({ by: text, to, models: z.int().min(0) }),
};

/** A line of the log as it was read. */
export interface AuditLine {
  readonly index: number;
  readonly time: string;
  readonly type: AuditType | "recovered";
  readonly entry: Readonly<Record<string, unknown>>;
}

/** The log, open for writing: whoever holds it is alone in changing the vault. */
export interface Audit {
  /** Resolves when the line is on disk; only then may be done what it says. */
  note<T extends AuditType>(type: T, entry: AuditEntries[T]): Promise<void>;
  /** Where the log stands. */
  readonly state: VaultIndex["audit"];
}

export interface AuditOptions {
  readonly clock: () => Date;
  /** Who does it; default: the user of the system. */
  readonly by?: string;
}

/** Of each vault, the last of those in this process who want to be alone with it. */
const queues = new Map<string, Promise<void>>();

/**
 * Do something to a vault, alone: one after the other in this process, and by trying again where it is another.
 *
 * @throws VaultError VAULT_BUSY; EvidenceError of a broken log
 */
export async function withAudit<T>(
  folder: string,
  options: AuditOptions,
  work: (audit: Audit) => Promise<T>,
): Promise<T> {
  const place = path.resolve(folder);
  const before = queues.get(place);
  const done = (async () => {
    await before;
    return await alone(folder, options, work);
  })();
  const ended = done.then(
    () => undefined,
    () => undefined,
  );
  queues.set(place, ended);
  try {
    return await done;
  } finally {
    if (queues.get(place) === ended) queues.delete(place);
  }
}

async function alone<T>(
  folder: string,
  options: AuditOptions,
  work: (audit: Audit) => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const chain = await patiently(path.join(folder, AUDIT_FILE), options.clock);
  try {
    const who = options.by ?? userInfo().username;
    return await work({
      note: async (type, entry) => {
        await chain.append(type, { ...entry, by: who });
      },
      get state() {
        return { lines: chain.entries, head: chain.head };
      },
    });
  } finally {
    await chain.close();
  }
}

async function patiently(file: string, clock: () => Date): Promise<ChainFile> {
  for (let left = RETRIES; ; left -= 1) {
    try {
      return await openChain(file, {
        kind: "vault",
        clock,
        enclose: (line) => enclosedBody(line, { seal: null, sha256: nativeSha256 }),
      });
    } catch (cause) {
      if (!(cause instanceof EvidenceError) || cause.code !== "CHAIN_LOCKED") throw cause;
      if (left === 0)
        throw new VaultError("VAULT_BUSY", "another process is using the vault", "Try again later.", {
          cause,
        });
      // Who come at the same time withdraw at the same time, and would again.
      await wait(randomInt(RETRY_MILLISECONDS));
    }
  }
}

/** What the log says of an error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "UNKNOWN";
}

/**
 * Read the log, verified: every line is canonical, checked and linked, and what the index has seen of it is still there.
 *
 * @throws VaultError VAULT_AUDIT_CUT, VAULT_AUDIT_MALFORMED; EvidenceError of a broken chain
 */
export async function readAudit(folder: string, index: Pick<VaultIndex, "audit">): Promise<AuditLine[]> {
  const bytes = await readFile(path.join(folder, AUDIT_FILE));
  const chain = chainLines(bytes, { kind: "vault", sha256: nativeSha256 });
  const lines: AuditLine[] = [];
  let head = "";
  for (const line of checkedLines(chain, { kind: "vault", sha256: nativeSha256, unsealer: () => null })) {
    const { type } = line;
    const known = type === RECOVERED || isAuditType(type) ? type : null;
    const parsed = (known === null || known === RECOVERED ? recovered : SCHEMAS[known]).safeParse(
      line.entry?.value,
    );
    if (known === null || !parsed.success)
      throw new VaultError(
        "VAULT_AUDIT_MALFORMED",
        `line ${line.index} of the audit log is none that a vault writes`,
        "Restore it from a copy.",
      );
    lines.push({ index: line.index, time: line.time, type: known, entry: parsed.data });
    if (line.index === index.audit.lines - 1) head = line.hash;
  }
  if (head === index.audit.head) return lines;
  throw new VaultError(
    "VAULT_AUDIT_CUT",
    "the audit log has not the lines that the vault had written",
    "Lines were taken away or the log replaced: restore it from a copy.",
  );
}

const recovered: Schema = z.record(z.string(), z.unknown());

function isAuditType(type: string): type is AuditType {
  return Object.hasOwn(SCHEMAS, type);
}

/** A vault as its log tells it. */
export interface Audited {
  readonly lines: readonly AuditLine[];
  readonly head: string;
}

/**
 * Verify the log, and that every model of the index was put there as the log says.
 *
 * @throws VaultError VAULT_AUDIT_DIFFERS, and all of `readAudit`
 */
export async function auditVault(folder: string, index: VaultIndex): Promise<Audited> {
  const lines = await readAudit(folder, index);
  for (const { name, model, external } of index.models) {
    const hashes = external.map(({ sha256 }) => sha256).join();
    const told = lines.some(
      ({ type, entry }) =>
        type === "added" &&
        entry["name"] === name &&
        entry["sha256"] === model.sha256 &&
        String(entry["external"]) === hashes,
    );
    if (told) continue;
    throw new VaultError(
      "VAULT_AUDIT_DIFFERS",
      `the audit log knows nothing of the model ${JSON.stringify(name)} as it is now`,
      "Somebody changed the vault behind its back: restore it from a copy.",
    );
  }
  return { lines, head: index.audit.head };
}
