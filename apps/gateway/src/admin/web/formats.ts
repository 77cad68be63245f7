import { element } from "./elements.js";

const WHOLE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const FINE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2, minimumFractionDigits: 2 });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const UNITS = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
] as const;
/** Bits of a megabit and of a kilobit. */
const MEGA = 1e6;
const KILO = 1e4;

export function whole(value: number): string {
  return WHOLE.format(value);
}

export function fine(value: number): string {
  return FINE.format(value);
}

export function bits(value: number): string {
  if (value >= MEGA) return `${FINE.format(value / MEGA)} Mbit`;
  return value >= KILO ? `${FINE.format(value / 1000)} kbit` : `${WHOLE.format(value)} bits`;
}

/** So many of what a limit counts. */
export function amount(value: number, count: "requests" | "rows" | "bits"): string {
  return count === "bits" ? bits(value) : `${whole(value)} ${count}`;
}

/** @param seconds null for ever */
export function span(seconds: number | null): string {
  if (seconds === null) return "ever";
  const [length, unit] = UNITS.find(([each]) => seconds >= each && seconds % each === 0) ?? [1, "s"];
  return `${seconds / length} ${unit}`;
}

export function moment(time: string): string {
  return MOMENT.format(new Date(time));
}

/** @param time RFC 3339, or null for never */
export function timeElement(time: string | null): HTMLElement {
  return time === null ? element("span", {}, "–") : element("time", { datetime: time }, moment(time));
}
