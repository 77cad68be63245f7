import { ENDPOINT_PROTOCOLS, type EndpointProtocol } from "@indicia/suspects/protocol";
import { expect, test } from "vitest";
import { checkEndpoint } from "../../../../src/suspects/check-endpoint.js";
import { PROTOCOLS } from "./protocols.js";
import { readSettings } from "./read-settings.js";

test("every protocol that there is, is offered", () => {
  expect(PROTOCOLS.map(({ name }) => name).toSorted()).toEqual([...ENDPOINT_PROTOCOLS].toSorted());
});

test.each(PROTOCOLS)("$name is taken with the settings that its form begins with", async (protocol) => {
  const { name, address, model, settings, secrets = [] } = protocol;
  const options = readSettings(settings ?? "");
  expect(options).toBeTypeOf("object");
  const endpoint = {
    protocol: name as EndpointProtocol,
    url: address.replace("OWNER", "owner").replace("NAME", "name"),
    model: model === null ? null : "classifier",
    options: typeof options === "string" ? {} : options,
    headers: {},
    secrets: Object.fromEntries(secrets.map((each) => [each.name, "x"])),
    allowPrivate: false,
  };
  await expect(checkEndpoint(endpoint)).resolves.toContain("https://");
});
