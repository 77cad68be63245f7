// Nothing is imported here: a command line names the networks without loading what verifies them.

/** Schemes of drand: signatures in G1 over the round alone, and in G2 over the round and the signature before. */
export const DRAND_SCHEMES = ["bls-unchained-g1-rfc9380", "pedersen-bls-chained"] as const;

/** What is known of a drand network beforehand. */
export interface DrandChain {
  readonly hash: string;
  readonly scheme: (typeof DRAND_SCHEMES)[number];
  readonly publicKey: string;
  readonly genesis: number;
  readonly period: number;
}

/** The League of Entropy's networks: `drand` is quicknet, a round every three seconds. */
export const DRAND_CHAINS: Readonly<Record<"drand" | "drand-default", DrandChain>> = {
  drand: {
    hash: "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    scheme: "bls-unchained-g1-rfc9380",
    publicKey:
      "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c" +
      "8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb" +
      "5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
    genesis: 1_692_803_367,
    period: 3,
  },
  "drand-default": {
    hash: "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
    scheme: "pedersen-bls-chained",
    publicKey:
      "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31",
    genesis: 1_595_431_050,
    period: 30,
  },
};
