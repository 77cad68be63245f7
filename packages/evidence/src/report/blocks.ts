import type { Drawing } from "./drawing.js";

/** A piece of a report; both renderers know every kind. */
export type Block =
  | { readonly kind: "heading"; readonly text: string; readonly newPage?: boolean }
  | { readonly kind: "paragraph"; readonly text: string }
  /** A formula, a hash or a command, set as it is. */
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  /** The result, framed. */
  | { readonly kind: "result"; readonly title: string; readonly lines: readonly string[] }
  | { readonly kind: "facts"; readonly rows: readonly (readonly [name: string, value: string])[] }
  | {
      readonly kind: "table";
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
      /** Shares of the width, adding up to 1. */
      readonly shares: readonly number[];
    }
  | { readonly kind: "figure"; readonly drawing: Drawing; readonly caption: string };

/**
 * What a report says, and how, never changes under one version: bundles are held against the one that they were made
 * with. The newest is last.
 */
export const REPORT_VERSIONS = ["report/1", "report/2"] as const;
export type ReportVersion = (typeof REPORT_VERSIONS)[number];
export const NEWEST_REPORT: ReportVersion = "report/2";

/** A whole report, in reading order. */
export interface Report {
  readonly version: ReportVersion;
  readonly title: string;
  readonly subtitle: string;
  /** Printed at the foot of every page. */
  readonly foot: string;
  readonly blocks: readonly Block[];
}
