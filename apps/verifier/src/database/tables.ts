import type { AccessTables } from "./access-tables.js";
import type { InvestigationTables } from "./investigation-tables.js";
import type { ResourceTables } from "./resource-tables.js";

/** Every table there is. */
export interface Tables extends AccessTables, ResourceTables, InvestigationTables {}
