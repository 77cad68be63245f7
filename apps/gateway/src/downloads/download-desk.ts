import { EvidenceError } from "@indicia/evidence/error";
import { plainError } from "@indicia/service/told-error";
import { codeOf } from "@indicia/vault/audit";
import { VaultError } from "@indicia/vault/error";
import { noteAlone } from "@indicia/vault/note";
import {
  findHandOut,
  type FoundHandOut,
  type HandOutRequest,
  type TakenHandOut,
  takeHandOut,
} from "@indicia/vault/take-hand-out";
import type { Logger } from "pino";
import type { Account } from "../defences/defence.js";
import { Refusal } from "../defences/refusal.js";
import { BROKEN_OFF, tellingIfBroken } from "./broken-off.js";
import { refusalNotes } from "./refusal-notes.js";

/** Seconds after which to try again where somebody else has the vault. */
const BUSY_RETRY = 5;
/** Who writes in the vault's log. */
const BY = "gateway";

export interface DownloadOptions {
  /** The vault. */
  readonly folder: string;
  /** Names of models in the vault, by the names under which they are served. */
  readonly names: ReadonlyMap<string, string>;
  readonly clock: () => Date;
  readonly log: Logger;
}

/** Somebody who asks for his copy of a model. */
export interface DownloadAsked {
  readonly requestId: string | null;
  /** As it is served. */
  readonly model: string;
  readonly account: Account;
  /** Which file of it; null for the model itself. */
  readonly file: string | null;
}

/** Hands out what lies in a vault for the customers of a gateway. Everything that it gives or refuses is in the vault's log. */
export interface DownloadDesk {
  /** What there is, without giving it. @throws Refusal as `take` */
  find(asked: DownloadAsked): Promise<FoundHandOut>;
  /**
   * Give it: its bytes are checked, and the log has it, before the first byte is there.
   *
   * @throws Refusal 404 NOT_FOUND for whatever there is not, 410 HANDOUT_EXPIRED, 500 HANDOUT_DAMAGED or
   *   HANDOUT_UNAVAILABLE, 503 VAULT_BUSY
   */
  take(asked: DownloadAsked): Promise<TakenHandOut>;
  /** Note that somebody got nothing. @param model as it was asked for, whether or not there is one */
  refused(model: string, account: Account, code: string): void;
  /** Wait until everything is noted. */
  close(): Promise<void>;
}

/** What is said where there is nothing, whatever it is that is missing. */
export function nothingHere(cause?: unknown): Refusal {
  return new Refusal(404, "NOT_FOUND", "there is nothing here", { cause });
}

export function createDownloadDesk({ folder, names, clock, log }: DownloadOptions): DownloadDesk {
  const noting = new Set<Promise<unknown>>();
  /** What cannot be noted is told in the gateway's own log. @returns as `noted` */
  const note = (noted: Promise<void>): Promise<void> => {
    const done = noted
      .catch((error: unknown) =>
        log.error({ vault: folder, error: plainError(error) }, "not noted in the vault"),
      )
      .finally(() => noting.delete(done));
    noting.add(done);
    return noted;
  };
  const by = { clock, by: BY };
  const refusals = refusalNotes((entry) => note(noteAlone(folder, by, "refused", entry)));
  const refuse = (cause: unknown): never => {
    const refusal = refusalFor(cause);
    // The client is not told what is wrong in the vault; whoever runs it is.
    if (refusal.status >= 500)
      log.error({ vault: folder, error: plainError(cause) }, "the vault hands out nothing");
    throw refusal;
  };
  const requestFor = ({ model, account, file }: DownloadAsked): HandOutRequest => {
    const name = names.get(model);
    if (name === undefined || account.customer === null) throw nothingHere();
    return { name, customer: account.customer, file, clock };
  };
  return {
    async find(asked) {
      const request = requestFor(asked);
      return await findHandOut(folder, request).catch(refuse);
    },
    async take(asked) {
      const request = requestFor(asked);
      const { name } = request;
      const { id: account } = asked.account;
      const taken = await takeHandOut(folder, { ...request, account, by: BY }).catch(refuse);
      const { handOut, file, stream } = taken;
      const told = { requestId: asked.requestId, model: asked.model, account, customer: handOut.customer };
      log.info({ ...told, file: file.name, sha256: file.sha256, copy: handOut.copy }, "a copy is handed out");
      const broken = (reason: unknown): void => {
        const code = reason === null ? BROKEN_OFF : codeOf(reason);
        log.warn({ ...told, file: file.name, code }, "a copy was not handed out to its end");
        note(noteAlone(folder, by, "failed", { name, action: "download", code })).catch(() => undefined);
      };
      return { ...taken, stream: tellingIfBroken(stream, file.bytes, broken) };
    },
    refused(model, { id, customer }, code) {
      refusals.note({ name: names.get(model) ?? null, recipient: customer, account: id, code });
    },
    async close() {
      refusals.close();
      await Promise.all(noting);
    },
  };
}

/** What a client is told of what went wrong in the vault. @throws the error itself where it is none of the vault's */
function refusalFor(cause: unknown): Refusal {
  if (!(cause instanceof VaultError || cause instanceof EvidenceError)) throw cause;
  switch (cause.code) {
    case "VAULT_MISSING":
    case "VAULT_HANDOUT_UNKNOWN":
      return nothingHere(cause);
    case "VAULT_HANDOUT_EXPIRED":
      return new Refusal(410, "HANDOUT_EXPIRED", "the time has passed in which this copy could be fetched", {
        cause,
      });
    case "VAULT_OBJECT_MISSING":
    case "VAULT_OBJECT_CHANGED":
      return new Refusal(500, "HANDOUT_DAMAGED", "this copy is not as it was deposited, so it is not sent", {
        cause,
      });
    case "VAULT_BUSY":
      return new Refusal(503, "VAULT_BUSY", "somebody else is at work in the vault", {
        retryAfter: BUSY_RETRY,
        cause,
      });
    default:
      return new Refusal(500, "HANDOUT_UNAVAILABLE", "the vault cannot be read now", { cause });
  }
}
