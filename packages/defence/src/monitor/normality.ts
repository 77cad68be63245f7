/** Distances further from their mean than this many deviations are left out, as PRADA does (section 5.2). */
const OUTLYING = 3;
/** Terms of the series of the normal integral, enough for |x| up to 4: no normal score of our sizes is larger. */
const TERMS = 60;
/** Halvings of [-8, 8] down to the resolution of a double. */
const HALVINGS = 60;

/** Square of what double precision loses, and some. */
const ROUNDING = 1e-28;

const known = new Map<number, Float64Array>();

/**
 * How little a sample looks like a normal one: 1 - W' with W' the squared correlation between the ordered values and
 * the normal scores of their ranks (S. Shapiro and R. Francia, "An Approximate Analysis of Variance Test for
 * Normality", JASA 67, 1972). Values beyond three deviations are left out first (M. Juuti et al., "PRADA", 2019,
 * section 5.2). 0 for samples of fewer than three different values.
 *
 * @param values in any order, n of them
 */
export function abnormality(values: Float64Array): number {
  const kept = withoutOutliers(values).sort();
  const n = kept.length;
  if (n < 3) return 0;
  const scores = normalScores(n);
  let mean = 0;
  for (const value of kept) mean += value / n;
  let product = 0;
  let spread = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const score = scores[i] ?? 0;
    const deviation = (kept[i] ?? 0) - mean;
    product += score * deviation;
    spread += deviation * deviation;
    squares += score * score;
  }
  // What rounding leaves of equal values is no spread.
  return spread <= ROUNDING * n * mean * mean ? 0 : Math.max(0, 1 - (product * product) / (squares * spread));
}

function withoutOutliers(values: Float64Array): Float64Array {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let variance = 0;
  for (const value of values) variance += (value - mean) ** 2 / values.length;
  const most = OUTLYING * Math.sqrt(variance);
  return values.filter((value) => Math.abs(value - mean) <= most);
}

/** Expected order statistics of n normal values (G. Blom, 1958): the quantiles at (i - 3/8) / (n + 1/4). */
function normalScores(n: number): Float64Array {
  const scores =
    known.get(n) ?? Float64Array.from({ length: n }, (_, i) => normalQuantile((i + 0.625) / (n + 0.25)));
  known.set(n, scores);
  return scores;
}

/** The x with Phi(x) = p. */
export function normalQuantile(p: number): number {
  let low = -8;
  let high = 8;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (normalIntegral(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Phi(x) by its series x + x^3/3 + x^5/15 + ... (G. Marsaglia, "Evaluating the Normal Distribution", 2004). */
function normalIntegral(x: number): number {
  if (Math.abs(x) > 6) return x > 0 ? 1 : 0;
  let term = x;
  let sum = x;
  for (let i = 1; i < TERMS; i++) {
    term *= (x * x) / (2 * i + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
