import { readFile } from "node:fs/promises";
import type { AnchorDemand } from "@indicia/evidence/anchor";
import { demandBeacon } from "@indicia/evidence/beacon";
import { DRAND_CHAINS, type DrandChain } from "@indicia/evidence/drand-chains";
import { readDrandChain } from "@indicia/evidence/beacon-json";
import type { ReadCertificate } from "@indicia/evidence/x509-certificate";
import type { AnchorOptions } from "./options.js";

/** What a registration or a plan that is made now will demand. */
export function anchorOf(
  { authorities }: AnchorOptions,
  trusted: readonly ReadCertificate[],
  { chain, now }: { readonly chain: DrandChain | null; readonly now: Date },
): AnchorDemand {
  return {
    timestamps: authorities.map(({ url, qualified }) => ({ authority: url.href, qualified })),
    roots: trusted.map(({ sha256 }) => sha256),
    beacon: chain === null ? null : demandBeacon(chain, now),
  };
}

/** The chain of the beacon, known or described in a file; null where none is asked for. @throws EvidenceError BEACON_CHAIN */
export async function chainOf({ beacon }: AnchorOptions): Promise<DrandChain | null> {
  if (beacon === null) return null;
  if (beacon === "drand" || beacon === "drand-default") return DRAND_CHAINS[beacon];
  return readDrandChain(await readFile(beacon));
}
