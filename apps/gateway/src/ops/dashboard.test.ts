import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createMetrics, FLAGGED_ACCOUNTS } from "./metrics.js";

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] };
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}
const dashboard = JSON.parse(
  readFileSync(new URL("../../grafana/indicia-gateway.json", import.meta.url), "utf8"),
) as Dashboard;
const METRIC = /\b(?:indicia|process|nodejs)_[a-z0-9_]+/g;

it("asks for nothing but what the gateway counts, by the labels that it has", async () => {
  const metrics = createMetrics();
  metrics.answered({ model: "m", route: "/r", status: 503, seconds: 1, rows: 3, refusal: "RATE_LIMITED" });
  metrics.watch(FLAGGED_ACCOUNTS, () => ({ m: 1 }));
  const { body } = await metrics.text();
  const lines = body.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const labels = new Map<string, Set<string>>();
  for (const line of lines) {
    const [, name = "", inside = ""] = /^([a-zA-Z0-9_]+)(?:\{(.*)\})?/.exec(line) ?? [];
    const known = labels.get(name) ?? new Set<string>();
    for (const [, label = ""] of inside.matchAll(/(\w+)="/g)) known.add(label);
    labels.set(name, known);
  }
  for (const { title, targets } of dashboard.panels) {
    for (const { expr, legendFormat } of targets) {
      const names = expr.match(METRIC) ?? [];
      expect([title, names.length > 0]).toEqual([title, true]);
      for (const name of names) expect([...labels.keys()]).toContain(name);
      const known = new Set(names.flatMap((name) => [...(labels.get(name) ?? [])]));
      const used = [
        ...[...expr.matchAll(/(\w+)\s*=~?"/g)].map(([, label]) => label),
        ...[...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(/,\s*/)),
        ...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label),
      ].filter((label) => label !== "instance");
      for (const label of used) expect([...known]).toContain(label);
    }
  }
  const variables = dashboard.templating.list.map(({ query }) =>
    typeof query === "string" ? query : query.query,
  );
  expect(variables.flatMap((query) => query.match(METRIC) ?? [])).toEqual(["indicia_requests_total"]);
});

it("shows everything that is counted of requests", () => {
  const asked = dashboard.panels.flatMap(({ targets }) =>
    targets.flatMap(({ expr }) => expr.match(METRIC) ?? []),
  );
  for (const name of [
    "indicia_requests_total",
    "indicia_refusals_total",
    "indicia_request_seconds_bucket",
    "indicia_request_rows_sum",
    FLAGGED_ACCOUNTS.name,
  ])
    expect(asked).toContain(name);
});
