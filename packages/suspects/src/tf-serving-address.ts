import { SuspectError } from "./error.js";

/** A servable as TensorFlow Serving addresses it: a model, or one of its versions by number or label. */
export interface Servable {
  readonly model: string;
  /** Such as `/versions/3` or `/labels/canary`; empty for whichever version is current. */
  readonly version: string;
}

/** What an address says of a server of the REST API: any page of a model will do. */
export interface TfAddress {
  /** The part before /v1/models, without a slash at its end. */
  readonly root: string;
  readonly servable: Servable | null;
  readonly url: URL;
}

/** After /v1/models/: name, version or label, verb or page. */
const SERVABLE = /^(.*?)\/v1\/models\/([^/:]+)(\/(?:versions|labels)\/[^/:]+)?(?::[a-z]+|\/metadata)?\/?$/;

/** @throws SuspectError SUSPECT_ADDRESS for a path that is no text */
export function readTfAddress(url: URL): TfAddress {
  const found = SERVABLE.exec(url.pathname);
  if (found === null)
    return { root: url.pathname.replace(/\/v1(\/models)?\/?$|\/+$/, ""), servable: null, url };
  const [, root = "", name = "", version = ""] = found;
  try {
    return { root, servable: { model: decodeURIComponent(name), version }, url };
  } catch (cause) {
    const message = `the address holds "${name.slice(0, 60)}", which is no text`;
    throw new SuspectError("SUSPECT_ADDRESS", message, "Check the address.", { cause });
  }
}

/**
 * The servable that is meant: what the user names stands above what the address says.
 *
 * @param version such as `/versions/3`, or null
 * @throws SuspectError SUSPECT_MODEL_UNKNOWN
 */
export function chosenServable(
  { servable }: TfAddress,
  model: string | null,
  version: string | null,
): Servable {
  const name = model ?? servable?.model;
  if (name !== undefined) {
    const own = model === null || model === servable?.model ? (servable?.version ?? "") : "";
    return { model: name, version: version ?? own };
  }
  throw new SuspectError(
    "SUSPECT_MODEL_UNKNOWN",
    "neither the address nor --model names a model",
    "Give an address that ends in /v1/models/NAME, or name it with --model.",
  );
}

/** Address of a page of a model. @param page such as ":predict" or "/metadata" */
export function servablePage(
  { root, url }: TfAddress,
  { model, version }: Servable,
  page: ":predict" | "/metadata",
): URL {
  const address = new URL(url);
  address.hash = "";
  address.pathname = `${root}/v1/models/${encodeURIComponent(model)}${version}${page}`;
  return address;
}
