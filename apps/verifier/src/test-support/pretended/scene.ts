import type { ApiKey, AuditEntry, Me, OwnerKey, User } from "../../shapes/access.js";
import type { ExchangeRow, Findings, Investigation, Look, ProbeSet } from "../../shapes/investigations.js";
import type { Model } from "../../shapes/models.js";
import type { Inspection, Suspect, SuspectHistory } from "../../shapes/suspects.js";

const HASH = "044d4034c49255e1b51a6e8f90c3a7d2b8f6e1a09c3d47e25b8a1f6c0d9e7b34";
const at = (minutes: number): string => new Date(Date.UTC(2026, 10, 20, 9, minutes)).toISOString();

/** Whoever looks at the pretended service. */
export const ADA: User = { id: "u1", name: "ada", role: "admin", created: at(0), disabled: false };
export const ME: Me = { user: ADA, csrf: "token" };
export const USERS: readonly User[] = [
  ADA,
  {
    id: "u2",
    name: "a.very.long.name.of.somebody@a-law-firm.example",
    role: "viewer",
    created: at(3),
    disabled: true,
  },
];

export const MODEL: Model = {
  id: "m1",
  name: "Glyphs 2",
  notes: "Twenty classes of drawn glyphs.",
  created: at(1),
  state: "ready",
  step: null,
  error: null,
  ownerKey: "k1",
  registration: {
    commitment: HASH,
    created: at(2),
    owner: "Example Ltd",
    reference: { sha256: HASH, bytes: 412_000 },
    weights: { refusal: null },
    readout: { refusal: null, classes: 20 },
    pool: { rows: 1500, random: false },
    shadows: 0,
    level: 1e-6,
    timestamps: 0,
    beacon: false,
    counted: 2,
    standingReasons: ["the registration has no outside timestamp", "no public beacon salted the carrier"],
  },
};
export const REGISTERING: Model = {
  ...MODEL,
  id: "m2",
  name: "Files 3",
  state: "registering",
  step: { stage: "measuring features", done: 640, total: 3000 },
  registration: null,
};
export const FAILED: Model = {
  ...REGISTERING,
  id: "m3",
  name: "Speech 1",
  state: "failed",
  step: null,
  error: {
    code: "MODEL_UNSUPPORTED",
    message: "the model has no tensor that can be marked",
    hint: "Export it with its weights in float32.",
  },
};

export const INSPECTION: Inspection = {
  at: at(11),
  reachable: true,
  error: null,
  queries: 6,
  milliseconds: 12.4,
  inputs: [{ name: "pixels", type: "FP32", dims: [-1, 1, 16, 16] }],
  answers: "probabilities",
  classes: 20,
  labelNames: [],
  decimals: 4,
  deterministic: true,
  maxRepeatDifference: 0,
  rowsPerRequest: 64,
  notes: ["the classes stand in the order of the registered model"],
};
export const SUSPECT: Suspect = {
  id: "s1",
  name: "Competitor's endpoint",
  notes: "Reported by a customer.",
  created: at(10),
  target: {
    kind: "endpoint",
    protocol: "oip",
    url: "https://models.competitor.example/v2/models/a-rather-long-name-of-a-classifier-that-goes-on",
    model: "classifier",
    options: {},
    headers: ["authorization"],
    allowPrivate: false,
  },
  rate: 20,
  inspection: INSPECTION,
};
export const FILE_SUSPECT: Suspect = {
  id: "s2",
  name: "Found file",
  notes: "",
  created: at(12),
  target: { kind: "file", protocol: "onnx", name: "found.onnx", sha256: HASH, bytes: 412_000 },
  rate: 20,
  inspection: null,
};

const look = (probes: number, T: number): Look => ({
  time: at(20),
  probes,
  lost: 0,
  T,
  log10P: Math.max(-77.1, Math.min(0, 4 - (T * T) / 2 / Math.LN10)),
  log10PIdeal: Math.min(0, 4 - (T * T) / 2 / Math.LN10),
});
const PLANNED: Investigation = {
  id: "i1",
  name: "Competitor's endpoint against Glyphs 2",
  model: "m1",
  suspect: "s1",
  probeSet: null,
  order: "auto",
  budget: 1500,
  level: 1e-6,
  rate: 20,
  perDay: null,
  earlyStop: false,
  state: "draft",
  reason: null,
  resumeAt: null,
  created: at(15),
  started: null,
  finished: null,
  step: null,
  asked: 0,
  lost: 0,
  looks: [],
  verdict: null,
  log10P: null,
  evidence: null,
};
export const RUNNING: Investigation = {
  ...PLANNED,
  state: "running",
  started: at(16),
  step: { stage: "asking", done: 300, total: 1500 },
  asked: 300,
  looks: [look(64, 3.1), look(128, 4.9), look(256, 7.2)],
};
export const CONCLUDED: Investigation = {
  ...RUNNING,
  id: "i2",
  name: "The file against Glyphs 2",
  state: "concluded",
  finished: at(22),
  step: null,
  asked: 1500,
  lost: 2,
  looks: [...RUNNING.looks, look(512, 10.4), look(1024, 15.1), look(1500, 18.6)],
  verdict: "match",
  log10P: -71.2,
  evidence: { sha256: HASH, bytes: 183_412 },
};
export const PAUSED: Investigation = {
  ...RUNNING,
  id: "i3",
  name: "Slow endpoint against Glyphs 2",
  state: "paused",
  resumeAt: at(59),
  reason: {
    code: "SUSPECT_CHALLENGE",
    message: "the suspect answers with what looks like a captcha",
    hint: "Open its page in a browser, or ask less often, then resume.",
  },
};
export const AWAITING: Investigation = {
  ...RUNNING,
  id: "i4",
  name: "Key kept out",
  state: "awaiting-key",
  step: null,
  looks: RUNNING.looks.map((each) => ({ ...each, T: null, log10P: null, log10PIdeal: null })),
};
export const INVESTIGATIONS: readonly Investigation[] = [RUNNING, CONCLUDED, PAUSED, AWAITING, PLANNED].map(
  (each, index) => (index === 4 ? { ...each, id: "i5", name: "Not started yet" } : each),
);

/** As 10,000 normal draws fall into bins of 0.25 from -4 on. */
const COUNTS = Array.from({ length: 32 }, (_, index) => {
  const middle = -4 + 0.25 * (index + 0.5);
  return Math.round((10_000 * 0.25 * Math.exp((-middle * middle) / 2)) / Math.sqrt(2 * Math.PI));
});
export const FINDINGS: Findings = {
  investigation: "i2",
  verdict: "match",
  standing: "exploratory",
  standingReasons: [
    "the registration has no outside timestamp",
    "no plan was committed before the first query",
  ],
  log10P: -71.2,
  log10PIdeal: -71.2,
  level: 1e-6,
  claim: "rejects independence of the suspect from key 044d4034c49255e1",
  meaning: [
    "The answers of the suspect follow the secret pattern of your registered key far more closely than chance allows.",
    "If the suspect had nothing to do with the key, findings this strong would turn up at most once in 10⁷¹ cases.",
  ],
  limits: ["conditional on an honest transcript", "it is no proof of who copied, nor of when"],
  witnesses: [
    {
      mark: "readout",
      access: "probabilities",
      statistic: "log-ratio, whitened",
      T: 18.6,
      log10P: -71.2,
      probes: 1498,
      payload: null,
      corrections: [
        { name: "statistics tried", lnFactor: 2.48 },
        { name: "look 6", lnFactor: 3.74 },
        { name: "observation 3 of the registration", lnFactor: 2.48 },
      ],
    },
    {
      mark: "readout",
      access: "labels",
      statistic: "one-hot, uncertain probes",
      T: 6.1,
      log10P: -4.3,
      probes: 1498,
      payload: { text: "Copy for Alice", bitErrors: 3, bits: 256 },
      corrections: [],
    },
  ],
  controls: {
    reference: "inconclusive",
    shadows: "none registered",
    innocents: "inconclusive",
    falseClaim: "inconclusive",
  },
  decoys: { keys: 10_000, mean: -0.003, sd: 1.012, max: 3.87, from: -4, width: 0.25, counts: COUNTS },
  queries: 1500,
  lostQueries: 2,
};

export const EXCHANGES: readonly ExchangeRow[] = Array.from({ length: 120 }, (_, index) => ({
  line: index + 2,
  time: at(16),
  probes: index === 0 ? [] : Array.from({ length: 12 }, (__, row) => 12 * (index - 1) + row),
  status: index === 7 ? null : 200,
  lost: index === 7 ? "timed out" : null,
  request: `POST /v2/models/classifier/infer\n{"inputs":[{"name":"pixels","shape":[12,1,16,16],"datatype":"FP32","data":[0.125,0,0,0.5,1,1,0.25,0,0,0,0.75`,
  answer:
    index === 7
      ? null
      : `{"outputs":[{"name":"probabilities","shape":[12,20],"datatype":"FP32","data":[0.0113,0.2404`,
}));

export const HISTORY: SuspectHistory = {
  items: [-2.1, -14.4, -71.2].map((log10P, index) => ({
    investigation: index === 2 ? "i2" : `old${index}`,
    model: "m1",
    finished: new Date(Date.UTC(2026, 8 + index, 20, 9)).toISOString(),
    verdict: log10P < -6 ? "match" : "inconclusive",
    access: "probabilities",
    probes: 500 * (index + 1),
    T: Math.sqrt(-2 * Math.LN10 * log10P),
    log10P,
  })),
};

export const PROBE_SETS: readonly ProbeSet[] = [
  {
    id: "p1",
    name: "Quick look",
    model: "m1",
    order: "uncertain",
    budget: 500,
    created: "2026-03-01T10:00:00.000Z",
  },
];

export const OWNER_KEYS: readonly OwnerKey[] = [
  { id: "k1", name: "Key of Glyphs 2", created: at(1), models: 1 },
];
export const API_KEYS: readonly ApiKey[] = [
  {
    id: "a1",
    name: "nightly",
    prefix: "ivk_01J8",
    role: "investigator",
    user: "u1",
    created: at(4),
    expires: null,
    lastUsed: at(40),
  },
];
export const AUDIT: readonly AuditEntry[] = ["session.begin", "model.create", "investigation.start"].map(
  (action, index) => ({
    sequence: 3 - index,
    time: at(30 - index),
    actor: "ada",
    address: "127.0.0.1",
    action,
    object: index === 0 ? null : "investigations/i1",
    detail: index === 1 ? { kind: "new" } : {},
    hash: HASH,
  }),
);
