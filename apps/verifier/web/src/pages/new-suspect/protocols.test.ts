import { expect, test } from "vitest";
import { checkEndpoint } from "../../../../src/suspects/check-endpoint.js";
import { protocolField } from "../../../../src/suspects/suspect-schemas.js";
import { PROTOCOLS } from "./protocols.js";
import { readSettings } from "./read-settings.js";

test("every protocol of the service is offered once", () => {
  const names = PROTOCOLS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(protocolField.safeParse(name).success).toBe(true);
  expect(names).toHaveLength(9);
});

test.each(PROTOCOLS)("$name is taken with the settings that its form begins with", async (protocol) => {
  const { name, address, model, settings, secrets = [] } = protocol;
  const options = readSettings(settings ?? "");
  expect(options).toBeTypeOf("object");
  const endpoint = {
    protocol: protocolField.parse(name),
    url: address.replace("OWNER", "owner").replace("NAME", "name"),
    model: model === null ? null : "classifier",
    options: typeof options === "string" ? {} : options,
    headers: {},
    secrets: Object.fromEntries(secrets.map((each) => [each.name, "x"])),
    allowPrivate: false,
  };
  await expect(checkEndpoint(endpoint)).resolves.toContain("https://");
});
