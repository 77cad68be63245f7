import { z } from "@hono/zod-openapi";
import type { Selectable } from "kysely";
import type { AccessTables } from "../database/access-tables.js";
import type { Role, User } from "../shapes/access.js";

/** What a column or a body may say of a role. */
export const roleSchema: z.ZodType<Role> = z.enum(["viewer", "investigator", "admin"]);

export const userSchema: z.ZodType<User> = z
  .object({
    id: z.string(),
    name: z.string(),
    role: roleSchema,
    created: z.string(),
    disabled: z.boolean(),
  })
  .openapi("User");

/** Columns that are shown. */
export const USER_COLUMNS = ["id", "name", "role", "created", "disabled"] as const;

/** A user without his password. */
export function showUser(row: Pick<Selectable<AccessTables["users"]>, (typeof USER_COLUMNS)[number]>): User {
  const { id, name, role, created, disabled } = row;
  return { id, name, role, created: created.toISOString(), disabled };
}
