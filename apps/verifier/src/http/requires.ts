import type { MiddlewareHandler } from "hono";
import { VerifierError } from "../error.js";
import type { Role } from "../shapes/access.js";
import type { Env } from "./env.js";

/** What each role may do, the others below it included. */
const RANKS: Readonly<Record<Role, number>> = { viewer: 0, investigator: 1, admin: 2 };

/** Whether a role may do what is asked of another. */
export function reaches(role: Role, asked: Role): boolean {
  return RANKS[role] >= RANKS[asked];
}

/** Turn away whoever has a lesser role. Every route names the one that it takes. */
export function requires(role: Role): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (!reaches(c.var.signedIn.role, role))
      throw new VerifierError(
        "ROLE_REQUIRED",
        `this takes the role ${role}`,
        "Ask an admin to do it, or to give you that role.",
      );
    await next();
  };
}
