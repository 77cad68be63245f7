import type { Role } from "../shapes/access.js";

/** Tables of people, keys and what was done; see the migration of the same name. */
export interface AccessTables {
  readonly users: {
    id: string;
    name: string;
    password: string;
    role: Role;
    created: Date;
    disabled: boolean;
  };
}
