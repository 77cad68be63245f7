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
import {
  type AuditEntries,
  type AuditType,
  ENTRY_SCHEMAS,
  isAuditType,
  RECOVERED_SCHEMA,
} from "./audit-entries.js";
import { VaultError } from "./error.js";
import type { HandOut } from "./hand-outs.js";
import type { VaultIndex } from "./vault-index.js";

/** File of a vault that says what was done to it: append-only, each line with the hash of the one before. */
export const AUDIT_FILE = "audit.jsonl";
/** Longest time between looks whether another process has let go of the vault, and looks; handing out a large model takes longer. */
const RETRY_MILLISECONDS = 400;
const RETRIES = 50;

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
    const parsed = (
      known === null || known === RECOVERED ? RECOVERED_SCHEMA : ENTRY_SCHEMAS[known]
    ).safeParse(line.entry?.value);
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

/** A vault as its log tells it. */
export interface Audited {
  readonly lines: readonly AuditLine[];
  readonly head: string;
}

/**
 * Verify the log, and that every model and every hand-out of the index was put there as the log says.
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
    if (!told) throw differs(`the model ${JSON.stringify(name)}`);
  }
  for (const handOut of index.handOuts)
    if (!isTold(lines, handOut))
      throw differs(`what lies there of ${JSON.stringify(handOut.model)} for ${handOut.customer}`);
  return { lines, head: index.audit.head };
}

/** Whether the last that was said of a hand-out is that it was laid there. */
function isTold(
  lines: readonly AuditLine[],
  { model, customer, copy, encryptedTo, expires, files }: HandOut,
): boolean {
  const last = lines.findLast(
    ({ type, entry }) =>
      (type === "deposited" || type === "withdrawn") &&
      entry["name"] === model &&
      entry["recipient"] === customer,
  );
  return (
    last?.type === "deposited" &&
    last.entry["copy"] === copy &&
    last.entry["encryptedTo"] === encryptedTo &&
    last.entry["expires"] === expires &&
    String(last.entry["files"]) === files.map(({ sha256 }) => sha256).join()
  );
}

function differs(what: string): VaultError {
  return new VaultError(
    "VAULT_AUDIT_DIFFERS",
    `the audit log knows nothing of ${what} as it is now`,
    "Somebody changed the vault behind its back: restore it from a copy.",
  );
}
