import { portableKeystream } from "@indicia/proof/keystream";
import { decoySpread } from "@indicia/proof/decoys";
import { readoutEvaluator } from "@indicia/proof/evaluate";
import { LN_GROUND_SEEDS, lnRademacherTail } from "@indicia/proof/tail";

/** What somebody finds who tries keys on a suspect of which he knows the residual. */
export interface Ground {
  /** ln p of the best key, as if it had been fixed before. */
  readonly lnP: number;
  /** The same with the keys that could have been tried before registering. */
  readonly lnPGround: number;
}

/** Try so many keys on the residual of an innocent. */
export function groundKeys(keys: number): Ground {
  const values = Int16Array.from({ length: 64 }, (_, i) => Math.round(1000 * Math.sin(1 + i * i)));
  const evaluate = readoutEvaluator({ rows: 8, columns: 8 }, [values], portableKeystream);
  const [spread] = decoySpread(evaluate, { seal: new Uint8Array(32).fill(3), keys, statistics: 1 });
  const lnP = lnRademacherTail(spread?.largest ?? 0);
  return { lnP, lnPGround: Math.min(0, lnP + LN_GROUND_SEEDS) };
}
