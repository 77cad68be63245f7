import type { Role } from "../../../../src/shapes/access.js";

/** What each role may do, least first. */
export const ROLES: readonly (readonly [Role, string])[] = [
  ["viewer", "Viewer: reads"],
  ["investigator", "Investigator: also registers, asks and concludes"],
  ["admin", "Admin: also manages people and settings"],
];
