import type { ExchangeRecorder } from "@indicia/core/suspect";
import type { GuardedFetch } from "./guarded-fetch.js";
import type { EncodedRequest, EndpointProtocol, Protocol } from "./protocol.js";

/** What an endpoint is, and how it is spoken to. */
export interface ProtocolOptions {
  readonly url: URL;
  readonly protocol: EndpointProtocol;
  /** Name of the model, for protocols that name models; null to find out. */
  readonly model: string | null;
  /** Path of the protocol's configuration (JSON), or null. */
  readonly config: string | null;
  /** The configuration itself as parsed JSON, in place of `config`. */
  readonly settings?: unknown;
  /** Sent with every request; only their names are recorded. */
  readonly headers: Readonly<Record<string, string>>;
  /** Secrets by name, for protocols that sign; by default the environment variables of the process. */
  readonly secrets?: (name: string) => string | undefined;
  /** For signatures that hold for minutes; by default the time of the process. */
  readonly now?: () => Date;
  /** Where requests for metadata are recorded, which happen while opening; default nowhere. */
  readonly recorder?: ExchangeRecorder;
  /** Output to read, for `oip`; null, the default, for the one that looks like scores. */
  readonly output?: string | null;
  /** Whether tensors travel as bytes, for `oip`; null, the default, for what the server offers. */
  readonly binary?: boolean | null;
}

/** Headers that prove who sends a request, made anew for each attempt. */
export type Sign = (request: EncodedRequest) => Promise<Readonly<Record<string, string>>>;

/** A protocol that is ready, and what it sends beside requests. */
export interface OpenedProtocol {
  readonly protocol: Protocol;
  /** Headers of its configuration, as secret as the user's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** Absent where nothing is signed. What it gives is as secret. */
  readonly sign?: Sign;
}

/** Find out how an endpoint is spoken to. @throws SuspectError where it cannot be asked at all */
export type Opener = (fetch: GuardedFetch, options: ProtocolOptions) => Promise<OpenedProtocol>;
