import { checkUrl } from "@indicia/suspects/checked-connect";
import { SuspectError } from "@indicia/suspects/error";
import type { GuardedFetch } from "@indicia/suspects/guarded-fetch";
import { openProtocol } from "@indicia/suspects/index";
import type { EndpointProtocol } from "@indicia/suspects/protocol";
import { requestHeaders } from "@indicia/suspects/user-headers";
import { VerifierError } from "../error.js";
import type { SuspectSecrets } from "./suspect-secrets.js";

/** An endpoint as somebody describes it. */
export interface DescribedEndpoint extends SuspectSecrets {
  readonly protocol: EndpointProtocol;
  readonly url: string;
  readonly model: string | null;
  readonly options: Readonly<Record<string, unknown>>;
  readonly allowPrivate: boolean;
}

/**
 * See whether an endpoint is described so that it can be asked, without asking it. Where its name leads is checked when it
 * is asked, each time.
 *
 * @returns the address as it is kept
 * @throws VerifierError UNPROCESSABLE
 */
export async function checkEndpoint(endpoint: DescribedEndpoint): Promise<string> {
  const url = readUrl(endpoint.url);
  try {
    checkUrl(url, endpoint);
    const headers = requestHeaders(endpoint.headers);
    await openProtocol(UNANSWERING, {
      url,
      protocol: endpoint.protocol,
      model: endpoint.model,
      config: null,
      ...settingsOf(endpoint.options),
      headers,
      secrets: (name) => endpoint.secrets[name],
    });
  } catch (error) {
    // Protocols that ask the endpoint what it is have nothing else to complain of.
    if (!(error instanceof SuspectError)) throw error;
    if (error.code !== "SUSPECT_CLOSED")
      throw new VerifierError("UNPROCESSABLE", error.message, hintOf(error));
  }
  return url.href;
}

/** Settings as protocols take them: none where there are none. */
export function settingsOf(options: DescribedEndpoint["options"]): {
  readonly settings?: DescribedEndpoint["options"];
} {
  return Object.keys(options).length === 0 ? {} : { settings: options };
}

const UNANSWERING: GuardedFetch = Object.assign(
  () => Promise.reject(new SuspectError("SUSPECT_CLOSED", "nothing is asked", "Ask the endpoint.")),
  { close: () => Promise.resolve() },
);

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null)
    throw new VerifierError("UNPROCESSABLE", "the address is no URL", "Give an http(s) address.");
  url.hash = "";
  return url;
}

/** Hints speak of the command line; what stands for its flags here is told instead. */
function hintOf({ code, hint }: SuspectError): string {
  if (code === "SUSPECT_ADDRESS")
    return "Give an http(s) address on the public internet, with secrets as headers; an admin may allow private ones (`allowPrivate`, on the page: It lies in our own network).";
  return hint
    .replaceAll("--header", "`headers`")
    .replaceAll("--config", "`options`")
    .replaceAll("--model", "`model`");
}
