import type { Architecture } from "@indicia/autodiff/architectures/initial-model";
import type { LooseEntry } from "@indicia/evidence/secret-register";
import type { ProbeOrder } from "@indicia/evidence/probe-rule";
import type { EndpointProtocol } from "@indicia/suspects/protocol";
import type { KeySource } from "./key-file.js";

export interface KeyNewOptions {
  readonly out: string;
  /** `none` leaves the key in the clear; `ask` asks at the terminal; otherwise an environment variable. */
  readonly passphrase: "none" | "ask" | { readonly environment: string };
}

export interface KeyGatewayOptions {
  readonly registration: string;
  readonly key: KeySource;
  readonly out: string;
}

export interface CustomersAddOptions {
  /** As `ExamineOptions`. */
  readonly rounds: readonly string[];
  readonly registration: string;
  readonly key: KeySource;
  /** The register, begun where it is not there. */
  readonly customers: string;
  readonly ids: readonly string[];
  /** Ed25519 public key of the one customer, hex, or null. */
  readonly signer: string | null;
}

export interface RegisterOptions {
  readonly model: string;
  readonly key: KeySource;
  /** Folder to make. */
  readonly out: string;
  readonly calibration: string;
  /** Whether nobody named calibration data, so that the default is worth a warning. */
  readonly calibrationIsDefault: boolean;
  /** Null for the calibration data. */
  readonly pool: string | null;
  /** Folder of shadow models, or null for none. */
  readonly shadows: string | null;
  readonly payload: string | null;
  readonly owner: string | null;
  /** File of entries with which the register of trade secrets begins, or null for no register. */
  readonly secret: string | null;
  readonly anchor: AnchorOptions;
}

/** Which plan is to be followed. */
export interface PlanOptions {
  /** Folder of the plan, or null for none. */
  readonly plan: string | null;
  /** Folder of an observation under the same plan whose rows are left out, or null. */
  readonly fresh: string | null;
}

export interface PlanningOptions {
  readonly suspect: Suspect;
  readonly registration: string;
  /** Folder to make. */
  readonly out: string;
  /** Most rows that the suspect may be asked. */
  readonly budget: number;
  readonly probes: ProbeOrder;
  /** Null for the registered level. */
  readonly level: number | null;
  /** Rows of the pool that the beacon admits to a draw, or null for half of it. */
  readonly draw: number | null;
  readonly anchor: AnchorOptions;
}

/** Outside clocks that are to be asked. */
export interface AuthorityOptions {
  readonly authorities: readonly { readonly url: URL; readonly qualified: boolean }[];
  /** PEM files of roots to which the authorities must lead. */
  readonly roots: readonly string[];
  /** Policy to ask for, or null for the authority's own. */
  readonly policy: string | null;
  /** Allow authorities in one's own network. */
  readonly allowPrivate: boolean;
}

/** What is to tie a registration to outside clocks and to chance. */
export interface AnchorOptions extends AuthorityOptions {
  /** Name of a known network, or a file that describes a chain; null for no beacon. */
  readonly beacon: string | null;
}

export interface ShadowsOptions {
  readonly model: string;
  /** What the students are taught on. */
  readonly inputs: string;
  /** Folder to make, or one to go on in. */
  readonly out: string;
  readonly count: number;
  /** Null for a number that depends on how many rows there are. */
  readonly epochs: number | null;
  /** Shapes to take in turn; null for those that fit the input. */
  readonly architectures: readonly Architecture[] | null;
  readonly seed: number;
  readonly resume: boolean;
}

/** How strong a mark is: chosen within the label budget, a fixed number, or no mark. */
export type Strength = "auto" | "off" | number;

export interface MarkOptions {
  readonly model: string;
  readonly registration: string;
  readonly key: KeySource;
  /** Files of rounds that registration or plan wait for; what is not among them is read or fetched. */
  readonly rounds: readonly string[];
  readonly out: string;
  readonly weights: Strength;
  readonly readout: Strength;
  /** Largest share of labels that may change. */
  readonly labelBudget: number;
  readonly payload: string | null;
  /** Whose copy it is, and the register that has him; null for a copy of nobody in particular. */
  readonly customer: { readonly id: string; readonly register: string } | null;
}

export type Suspect = FileSuspect | EndpointSuspect;

export interface FileSuspect {
  readonly kind: "file";
  readonly path: string;
  readonly protocol: "onnx" | "onnx-black-box";
}

export interface EndpointSuspect {
  readonly kind: "endpoint";
  readonly url: URL;
  readonly protocol: EndpointProtocol;
  /** Name of the model at the endpoint, where its protocol has names. */
  readonly model: string | null;
  /** File with the protocol's settings. */
  readonly config: string | null;
  /** The settings themselves, where they were completed or there is no file; in place of the file. */
  readonly settings?: unknown;
  /** Secrets by name, for protocols that sign; those of the environment where absent. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly allowPrivate: boolean;
  /** Requests per second; null for the default, or with a resumed observation for what it was begun with. */
  readonly rate: number | null;
}

export interface InspectOptions {
  readonly suspect: Suspect;
  /** Folder of the registration whose calibration rows are asked, or null for random ones. */
  readonly registration: string | null;
}

export interface ObserveOptions extends PlanOptions {
  /** A query log to ask again besides; absent or null for none. */
  readonly logged?: LoggedOptions | null;
  /** As `ExamineOptions`. */
  readonly rounds: readonly string[];
  /** Another party who observes, with the file of its key; null where nobody is named. */
  readonly observer: { readonly name: string; readonly key: string } | null;
  readonly suspect: Suspect;
  readonly registration: string;
  /** Null to look without the reference. */
  readonly reference: string | null;
  /** Most rows that the suspect may be asked; null as for `rate`. */
  readonly budget: number | null;
  /** Which probes to ask; null for what the interrupted observation was begun with, or `auto`. */
  readonly probes: ProbeOrder | null;
  /** Folder of the observation: a new one, or one that was interrupted and goes on. */
  readonly folder: { readonly path: string; readonly resume: boolean };
}

/** What a gateway logged, whose queries are asked again for one account. */
export interface LoggedOptions {
  /** Folder of the log. */
  readonly queryLog: string;
  /** File of age identities for a log that was sealed for recipients, or null. */
  readonly queryLogIdentity: string | null;
  /** Register of customers, or null where nobody was ever entered. */
  readonly customers: string | null;
}

/** The same, with the account whose mark is looked for. */
export interface AccountOptions extends LoggedOptions {
  /** A customer, or null for the gateway's own mark. */
  readonly customer: string | null;
}

export interface ConcludeOptions {
  /** The query log that was asked again, to examine one account of a gateway; absent or null for the released copies. */
  readonly logged?: AccountOptions | null;
  readonly observation: string;
  readonly registration: string;
  readonly key: KeySource;
  /** Files of rounds that registration or plan wait for; what is not among them is read or fetched. */
  readonly rounds: readonly string[];
  /** Null for the registered level. */
  readonly level: number | null;
  /** Evidence to write, or null for none. */
  readonly out: string | null;
}

export interface ExamineOptions extends PlanOptions {
  /** As `ConcludeOptions`. */
  readonly logged?: AccountOptions | null;
  readonly suspect: Suspect;
  readonly registration: string;
  readonly key: KeySource;
  /** Files of rounds that registration or plan wait for; what is not among them is read or fetched. */
  readonly rounds: readonly string[];
  readonly reference: string | null;
  /** Most rows that the suspect may be asked; null as for `rate`. */
  readonly budget: number | null;
  /** As `ObserveOptions`. */
  readonly probes: ProbeOrder | null;
  readonly level: number | null;
  /** Folder of an interrupted observation to go on with, or null to start anew. */
  readonly resume: string | null;
  /** Spend the whole budget even where an early look reaches the level. */
  readonly full: boolean;
  readonly out: string | null;
}

export interface TraceOptions extends PlanOptions {
  /** As `ExamineOptions`. */
  readonly rounds: readonly string[];
  readonly suspect: Suspect;
  readonly registration: string;
  readonly key: KeySource;
  /** Null only for a file. */
  readonly reference: string | null;
  /** The register of customers. */
  readonly customers: string;
  /** Folder of what a gateway was asked, or null not to ask it again. */
  readonly queryLog: string | null;
  /** File of age identities for a log that was sealed for recipients, or null. */
  readonly queryLogIdentity: string | null;
  /** A gateway's log of acceptances, or null to leave terms out of the evidence. */
  readonly acceptances: string | null;
  readonly budget: number | null;
  readonly probes: ProbeOrder | null;
  readonly level: number | null;
  /** Folder of an observation to go on with, interrupted or sealed. */
  readonly resume: string | null;
  readonly full: boolean;
  /** Folder to make. */
  readonly out: string | null;
}

export interface EvidenceVerifyOptions {
  readonly evidence: string;
  readonly disclosure: { readonly file: string; readonly identity: string } | null;
  /** PEM files of roots to hold timestamps against, beside those that were registered. */
  readonly timestampRoots: readonly string[];
  /** Models from which the residual is to be computed anew; the suspect's where its file was open. */
  readonly models:
    | { readonly suspect: string; readonly reference: string }
    | { readonly registration: string; readonly reference: string }
    | null;
  /** Folder of the query log of a trace, to be parted again, with a file of age identities for one sealed to recipients. */
  readonly queryLog?: { readonly folder: string; readonly identity: string | null } | null;
}

export interface EvidenceShowOptions {
  readonly evidence: string;
}

export interface EvidenceExcerptOptions {
  readonly evidence: string;
  /** Numbers of exchanges, from 1 in the order of asking. */
  readonly exchanges: readonly number[];
  readonly out: string;
}

export interface EvidenceDiscloseOptions {
  readonly evidence: string;
  readonly key: KeySource;
  /** An age recipient. */
  readonly recipient: string;
  readonly out: string;
  /** Whether nothing is asked before what cannot be undone. */
  readonly yes: boolean;
}

export interface SecretAddOptions {
  readonly registration: string;
  readonly key: KeySource;
  /** File to read the entries from, or the entries themselves; none to have the register dated and nothing else. */
  readonly entries: string | readonly LooseEntry[];
  readonly dating: AuthorityOptions;
}

export interface SecretListOptions {
  readonly registration: string;
  /** Moment as of which, RFC 3339 in UTC with milliseconds; null for now. */
  readonly at: string | null;
}

export interface SecretVerifyOptions {
  readonly registration: string;
  /** PEM files of roots for timestamps, in place of those that were kept. */
  readonly timestampRoots: readonly string[];
}

export interface SecretExportOptions extends SecretListOptions {
  readonly out: string;
}

export interface TermsAddOptions {
  readonly registration: string;
  readonly key: KeySource;
  /** File of the text. */
  readonly text: string;
  readonly version: string;
  /** First day on which it is in force, or null for today, UTC. */
  readonly effective: string | null;
  readonly dating: AuthorityOptions;
}

export interface TermsListOptions {
  readonly registration: string;
}

/** A call of the gateway's or the verifier's own program. */
export interface ProgramCall {
  /** Its arguments, less `--json`. */
  readonly args: readonly string[];
}
