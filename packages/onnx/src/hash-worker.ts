// A thread that hashes files.

import { hashFileSync } from "./hash-file.js";
import { serveTasks } from "./worker-pool.js";

serveTasks(hashFileSync);
