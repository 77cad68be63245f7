/** Natural log of the gamma function for x > 0: Lanczos, g = 7, n = 9, relative error below 1e-13. */
function lnGamma(x: number): number {
  const c = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const y = x - 1;
  let sum = c[0] ?? 0;
  for (let i = 1; i < 9; i++) sum += (c[i] ?? 0) / (y + i);
  const t = y + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** ln P(X = k) for X binomial(n, p). */
function lnBinomialMass(k: number, n: number, p: number): number {
  if (p <= 0) return k === 0 ? 0 : Number.NEGATIVE_INFINITY;
  if (p >= 1) return k === n ? 0 : Number.NEGATIVE_INFINITY;
  return lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1) + k * Math.log(p) + (n - k) * Math.log1p(-p);
}

function lnAdd(a: number, b: number): number {
  if (a === Number.NEGATIVE_INFINITY) return b;
  if (b === Number.NEGATIVE_INFINITY) return a;
  const high = Math.max(a, b);
  return high + Math.log1p(Math.exp(Math.min(a, b) - high));
}

/**
 * ln P(X >= k) for X binomial(n, p), summed in the log domain, so that tails far below 1e-308 keep their digits.
 *
 * @param k 0 .. n
 */
export function lnBinomialUpperTail(k: number, n: number, p: number): number {
  if (k <= 0) return 0;
  if (k > n) return Number.NEGATIVE_INFINITY;
  let total = Number.NEGATIVE_INFINITY;
  for (let i = k; i <= n; i++) {
    const term = lnBinomialMass(i, n, p);
    total = lnAdd(total, term);
    // Past the mode the masses fall at least geometrically; what is left cannot change the sum.
    if (i > n * p && term < total - 40) break;
  }
  return Math.min(total, 0);
}

/** The smallest k with P(X > k) <= alpha for X binomial(n, p). */
export function binomialUpperQuantile(alpha: number, n: number, p: number): number {
  let low = 0;
  let high = n;
  const lnAlpha = Math.log(alpha);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (lnBinomialUpperTail(middle + 1, n, p) <= lnAlpha) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * One-sided upper confidence bound for a proportion (C. Clopper and E. Pearson, Biometrika 26, 1934): the p at which
 * seeing at most `successes` of `trials` has probability 1 - confidence.
 *
 * @param confidence for example 0.95
 */
export function proportionUpperBound(successes: number, trials: number, confidence: number): number {
  if (trials <= 0 || successes >= trials) return 1;
  const lnAlpha = Math.log(1 - confidence);
  let low = successes / trials;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    // P(X <= s | p) as P(Y >= n - s) with Y binomial(n, 1 - p).
    if (lnBinomialUpperTail(trials - successes, trials, 1 - middle) > lnAlpha) low = middle;
    else high = middle;
  }
  return high;
}
