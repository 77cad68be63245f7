import { SuspectError } from "./error.js";

/** What an address says of a server of the Open Inference Protocol: any page of it will do. */
export interface OipAddress {
  /** The part before /v2, with a slash at its end. */
  readonly root: URL;
  readonly model: string | null;
  readonly version: string | null;
  /** Query string that goes with every request, with its question mark. */
  readonly search: string;
}

/** @throws SuspectError SUSPECT_ADDRESS for a path that is no text */
export function readOipAddress(url: URL): OipAddress {
  const [before = "", ...rest] = url.pathname.split(/\/v2(?=\/|$)/);
  const found = /^\/models\/([^/]+)(?:\/versions\/([^/]+))?/.exec(rest.join("/v2"));
  return {
    root: new URL(`${before.replace(/\/+$/, "")}/`, url.origin),
    model: decoded(found?.[1]),
    version: decoded(found?.[2]),
    search: url.search,
  };
}

/** Address of a page of the server, such as "v2/health/ready". */
export function oipPage({ root, search }: OipAddress, page: string): URL {
  const url = new URL(page, root);
  url.search = search;
  return url;
}

/** Page of a model, without a slash at its end. */
export function modelPage(model: string, version: string | null): string {
  const page = `v2/models/${encodeURIComponent(model)}`;
  return version === null ? page : `${page}/versions/${encodeURIComponent(version)}`;
}

function decoded(segment: string | undefined): string | null {
  try {
    return segment === undefined ? null : decodeURIComponent(segment);
  } catch (cause) {
    const message = `the address holds "${segment?.slice(0, 60)}", which is no text`;
    throw new SuspectError("SUSPECT_ADDRESS", message, "Check the address.", { cause });
  }
}
