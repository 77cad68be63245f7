const NUMBER = new Intl.NumberFormat("en-GB");
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

export function formatNumber(value: number): string {
  return NUMBER.format(value);
}

/** `1 query`, `2 queries`. */
export function counted(count: number, one: string, several: string = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : several}`;
}

/** A date and time as one reads it in Britain, in the reader's own time zone. */
export function formatTime(iso: string): string {
  return inBritish(iso, {});
}

/** The same to the second, for records of which many come in a minute. */
export function formatInstant(iso: string): string {
  return inBritish(iso, { second: "2-digit" });
}

function inBritish(iso: string, more: Intl.DateTimeFormatOptions): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return date.toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    ...more,
  });
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return counted(bytes, "byte");
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A time span in words, to the precision that an estimate deserves. */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return counted(Math.max(1, Math.round(seconds)), "second");
  if (seconds < 90 * 60) return counted(Math.round(seconds / 60), "minute");
  if (seconds < 48 * 3600) return counted(Math.round(seconds / 3600), "hour");
  return counted(Math.round(seconds / 86_400), "day");
}

/** `10⁻⁶` for -6; fractions are rounded away. */
export function powerOfTen(exponent: number): string {
  const digits = String(Math.abs(Math.round(exponent)))
    .split("")
    .map((digit) => SUPERSCRIPTS[Number(digit)] ?? "");
  return `10${exponent < 0 ? "⁻" : ""}${digits.join("")}`;
}

/** What a logarithm of a round number may miss it by. */
const ROUNDING = 1e-9;

/**
 * How improbable a finding is, for whoever does not read logarithms. Rounded towards what is less improbable, since a
 * bound of 10^-42.6 does not show 1 in 10^43.
 *
 * @param log10P at most 0
 */
export function oddsOf(log10P: number): string {
  if (log10P > -0.5) return "nothing unusual";
  const exponent = Math.floor(-log10P + ROUNDING);
  if (log10P <= -6.5) return `1 in ${powerOfTen(exponent)}`;
  // Two digits are kept.
  const unit = 10 ** Math.max(0, exponent - 1);
  return `1 in ${formatNumber(Math.floor(10 ** (-log10P + ROUNDING) / unit) * unit)}`;
}

/** The bound as a sentence says it. */
export function chanceOf(log10P: number): string {
  return log10P > -0.5 ? oddsOf(log10P) : `at most ${oddsOf(log10P)}`;
}

/** A significance level: `0.000001 (1 in 1,000,000)`. */
export function formatLevel(level: number): string {
  return oddsOf(Math.log10(level));
}

/** The beginning of a hash, which is enough to tell it by eye. */
export function shortHash(hex: string): string {
  return hex.length > 16 ? `${hex.slice(0, 12)}…` : hex;
}
