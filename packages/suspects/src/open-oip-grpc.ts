import { refused } from "./ask-endpoint.js";
import { SuspectError } from "./error.js";
import { exchange, FORGETFUL } from "./exchange.js";
import type { GuardedFetch } from "./guarded-fetch.js";
import { grpcMessage, grpcRequest, grpcStatus, notGrpc } from "./grpc.js";
import { noSingleModel } from "./oip-metadata.js";
import { type OipAddress, oipPage, readOipAddress } from "./oip-address.js";
import { oipGrpcProtocol } from "./oip-grpc.js";
import { readIndex, readMetadata, readTruth } from "./oip-grpc-read.js";
import { metadataRequest } from "./oip-grpc-write.js";
import type { OpenedProtocol, ProtocolOptions } from "./opener.js";
import type { ReceivedAnswer } from "./protocol.js";
import { requestHeaders } from "./user-headers.js";

const SERVICE = "inference.GRPCInferenceService";
const NOTHING = new Uint8Array(0);

/** Call a method of the service; metadata are exchanges like all others. */
type Call = (method: string, message: Uint8Array) => Promise<ReceivedAnswer>;

/**
 * Open an endpoint of the Open Inference Protocol over gRPC. Asks whether it is up and for the model's metadata first.
 *
 * @throws SuspectError SUSPECT_NOT_READY, SUSPECT_MODEL_UNKNOWN, SUSPECT_OUTPUT_UNKNOWN, SUSPECT_REFUSED,
 *   SUSPECT_PROTOCOL, and those of asking
 */
export async function oipGrpcEndpoint(
  fetch: GuardedFetch,
  options: ProtocolOptions,
): Promise<OpenedProtocol> {
  const { url, output = null, binary = null, recorder = FORGETFUL } = options;
  const secrets = requestHeaders(options.headers);
  const address = readOipAddress(url);
  const call: Call = (method, message) =>
    exchange(fetch, recorder, { ...grpcRequest(methodPage(address, method), message), secrets, probes: [] });
  await requireLive(call);
  const model = options.model ?? address.model ?? (await onlyModel(call));
  const version = model === address.model ? address.version : null;
  const described = await modelMetadata(call, model, version);
  const infer = methodPage(address, "ModelInfer");
  return {
    protocol: oipGrpcProtocol({ infer, model, version, ...described }, { output, binary }),
    headers: {},
  };
}

function methodPage(address: OipAddress, method: string): URL {
  return oipPage({ ...address, search: "" }, `${SERVICE}/${method}`);
}

/** A server that has no such method is asked all the same. */
async function requireLive(call: Call): Promise<void> {
  const answer = await call("ServerLive", NOTHING);
  const { name, http, said } = grpcStatus(answer);
  refuseWhereRefused(http);
  if (name === null) throw notGrpc(answer.status === 200 ? "it has no status" : said);
  if (name === "OK" ? readTruth(grpcMessage(answer)) : http !== 503) return;
  throw new SuspectError(
    "SUSPECT_NOT_READY",
    `the server is not live (${name === "OK" ? "it says so" : said})`,
    "Try again when it is.",
  );
}

async function modelMetadata(
  call: Call,
  model: string,
  version: string | null,
): Promise<ReturnType<typeof readMetadata>> {
  const answer = await call("ModelMetadata", metadataRequest(model, version));
  const { name, http, said } = grpcStatus(answer);
  refuseWhereRefused(http);
  if (name === "OK") return readMetadata(grpcMessage(answer));
  if (name === "UNIMPLEMENTED" || name === null) throw notGrpc(said);
  throw new SuspectError(
    "SUSPECT_MODEL_UNKNOWN",
    `the server does not know a model "${model.slice(0, 100)}" (${said})`,
    "Name it with --model as the server spells it, or check the address.",
  );
}

/** The model of a server that has one ("Model Repository Extension"). */
async function onlyModel(call: Call): Promise<string> {
  const answer = await call("RepositoryIndex", NOTHING);
  const { name, http } = grpcStatus(answer);
  refuseWhereRefused(http);
  const names = name === "OK" ? readIndex(grpcMessage(answer)) : [];
  const [first] = names;
  if (names.length === 1 && first !== undefined) return first;
  throw noSingleModel(names);
}

function refuseWhereRefused(http: number): void {
  if (http === 401 || http === 403) throw refused(http);
}
