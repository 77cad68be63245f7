import { describe, expect, it } from "vitest";
import { makeRow, type Measurement, type Row } from "../row.js";
import { DISTORTION_CASE, QUERIES_CASE } from "./curve-rows.js";
import { DECOY_CASE } from "./innocent-rows.js";
import { pages } from "./pages.js";

function rowOf(measured: Omit<Measurement, "seconds">): Row {
  const facts = { bench: "extraction", seed: 7, commit: "abc", node: "v20" };
  return makeRow(facts, { ...measured, seconds: 0 });
}

const cell = (name: string, log10P: number): Row[] => [
  rowOf({ case: name, metric: "log10PIdeal", value: log10P }),
  rowOf({ case: name, metric: "T", value: 7.5 }),
  rowOf({ case: name, metric: "accuracy lost", value: 0.012 }),
  rowOf({ case: name, metric: "queries", value: 1000 }),
];

const ROWS = [
  ...cell("matrix, tier 6: soft", -12.3),
  ...cell("matrix, tier 2: retrain all layers", -0.4),
  rowOf({ case: `${QUERIES_CASE}vector thief`, metric: "log10PIdeal, 64 probes", value: -1 }),
  rowOf({ case: `${QUERIES_CASE}vector thief`, metric: "log10PIdeal, 5000 probes", value: -20 }),
  rowOf({ case: `${DISTORTION_CASE}2 % allowed`, metric: "labels changed", value: 0.02 }),
  rowOf({ case: `${DISTORTION_CASE}2 % allowed`, metric: "log10PIdeal", value: -20 }),
  rowOf({ case: DECOY_CASE, metric: "T from -0.25 to 0", value: 0.5 }),
  rowOf({ case: DECOY_CASE, metric: "T from 0 to 0.25", value: 0.3 }),
  rowOf({ case: DECOY_CASE, metric: "T from 0.25 to 0.5", value: 0.2 }),
];

const made = pages(ROWS);

describe("pages of the extraction bench", () => {
  it("show every cell by tier, failures as what they are", () => {
    const page = made.get("extraction-matrix.md") ?? "";
    expect(page).toContain("| soft | 7.5 | -12.3 | match | 1.2 points | 1000 |");
    expect(page).toContain("| retrain all layers | 7.5 | -0.4 | inconclusive | 1.2 points | 1000 |");
    expect(page.indexOf("Tier 2")).toBeLessThan(page.indexOf("Tier 6"));
    expect(page).not.toContain("Tier 7");
  });

  it("draw a line with a point for each look", () => {
    const figure = made.get("extraction-queries.svg") ?? "";
    expect(figure.match(/<circle/g)).toHaveLength(2);
    expect(figure).toContain(">vector thief</text>");
  });

  it("draw evidence against distortion", () => {
    expect((made.get("extraction-distortion.svg") ?? "").match(/<circle/g)).toHaveLength(1);
  });

  it("draw the tail of T from 0 on, summed from the right", () => {
    const figure = made.get("extraction-decoys.svg") ?? "";
    const heights = [...figure.matchAll(/<rect x="[\d.]+" y="([\d.]+)"/g)].map(([, top]) => Number(top));
    expect(heights).toHaveLength(2);
    // 0.5 of all stand above 0, 0.2 above 0.25: the higher bar begins further up.
    expect(heights[0]).toBeLessThan(heights[1] ?? 0);
  });

  it.each([...made].filter(([name]) => name.endsWith(".svg")))(
    "%s is one well-formed picture",
    (_, figure) => {
      expect(figure.startsWith("<svg ")).toBe(true);
      expect(figure.trimEnd().endsWith("</svg>")).toBe(true);
      expect(figure).not.toMatch(/NaN|undefined|Infinity/);
    },
  );
});
