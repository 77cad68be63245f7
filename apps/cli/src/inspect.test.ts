import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, done, json } from "./test-support/in-process.js";
import { type TinyOwner, tinyOwner } from "./test-support/tiny-owner.js";

let owner: TinyOwner;
let server: Server;
let url: string;
const asked: unknown[][] = [];
beforeAll(async () => {
  owner = await tinyOwner({ features: 4, classes: 3 });
  const registering = ["register", owner.file, ...owner.key, "--calibration", "random:16"];
  await done(...registering, "--out", owner.at("registration"));
  server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    request.on("end", () => {
      const { rows } = JSON.parse(text) as { rows: unknown[] };
      asked.push(rows);
      response
        .setHeader("ratelimit-limit", "9")
        .end(JSON.stringify({ out: rows.map(() => [0.25, 0.5, 0.25]) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/predict`;
});
afterAll(() => {
  server.close();
  owner.remove();
});

describe("inspect", () => {
  it("says what an endpoint reveals to rows of the registration, and counts them", async () => {
    writeFileSync(
      owner.at("config.json"),
      JSON.stringify({
        request: { rows: { $rows: owner.model.input.name } },
        answer: { rows: "/out", vector: "" },
      }),
    );
    const flags = [
      "--protocol",
      "json",
      "--config",
      owner.at("config.json"),
      "--allow-private",
      "--rate",
      "4",
    ];
    const report = await json("inspect", url, ...flags, ...owner.registration);
    expect(report).toMatchObject({
      reachable: true,
      error: null,
      random: false,
      answers: { access: "probabilities", classes: 3, decimals: 2 },
      repeats: { differing: 0 },
      rateLimits: { "ratelimit-limit": "9" },
    });
    expect(report).toMatchObject({ rows: asked.reduce((sum, rows) => sum + rows.length, 0) });
    const refused = await call(
      "inspect",
      url,
      ...flags.filter((flag) => flag !== "--allow-private"),
      ...owner.registration,
    );
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining("SUSPECT_ADDRESS")]);
  });

  it("asks a file as an endpoint would be, with rows of its own making where none are given", async () => {
    const { exitCode, stderr } = await call("inspect", owner.file);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/Reachable, asked 16 rows[^]*of 3 classes[^]*0 of 8 rows[^]*random numbers/);
  });
});
