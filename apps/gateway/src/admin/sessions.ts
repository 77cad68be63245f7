import { timingSafeEqual } from "node:crypto";
import { hashOfSecret } from "@indicia/service/secret-word";

/** A working day: whoever goes on shows his key again. */
export const SESSION_MS: number = 8 * 3_600_000;
/** Sessions at a time; the oldest makes room. An admin page has a handful of users. */
const MOST_SESSIONS = 64;
/** 256 bits, which nobody guesses. */
const TOKEN_BYTES = 32;

export interface Session {
  /** Of the key that opened it. */
  readonly keyId: string;
  /** Sent back with every change, to show that it comes from a page of ours. */
  readonly csrf: string;
  /** Milliseconds. */
  readonly ends: number;
}

/** Sessions of one process; they end with it. */
export interface Sessions {
  /** @returns the token, which is kept nowhere, and the session */
  begin(keyId: string): { readonly token: string; readonly session: Session };
  /** The session of a token, unless it has ended. */
  find(token: string): Session | null;
  end(token: string): void;
}

/** @param options.random gives that many random bytes, for cryptography */
export function createSessions({
  clock,
  random,
}: {
  readonly clock: () => Date;
  readonly random: (bytes: number) => Uint8Array;
}): Sessions {
  /** By the hash of the token, so that a lookup's time tells nothing of tokens. */
  const sessions = new Map<string, Session>();
  const secret = (): string => Buffer.from(random(TOKEN_BYTES)).toString("base64url");
  const nameOf = (token: string): string => hashOfSecret(token).toString("hex");
  return {
    begin(keyId) {
      const [oldest] = sessions.keys();
      if (sessions.size >= MOST_SESSIONS && oldest !== undefined) sessions.delete(oldest);
      const token = secret();
      const session = { keyId, csrf: secret(), ends: clock().getTime() + SESSION_MS };
      sessions.set(nameOf(token), session);
      return { token, session };
    },
    find(token) {
      const name = nameOf(token);
      const session = sessions.get(name) ?? null;
      if (session === null || clock().getTime() < session.ends) return session;
      sessions.delete(name);
      return null;
    },
    end: (token) => void sessions.delete(nameOf(token)),
  };
}

/** Whether a change carries its session's own token. */
export function isOwnChange({ csrf }: Session, shown: string | undefined): boolean {
  return timingSafeEqual(hashOfSecret(shown ?? ""), hashOfSecret(csrf));
}
