/** A smooth function and its gradient at a point. */
export type Objective = (
  at: Float64Array,
) => Promise<{ readonly value: number; readonly gradient: Float64Array }>;

/** Steps remembered; more than ten rarely helps. */
const MEMORY = 10;
/** Share of the promised decrease that a step must bring (Nocedal and Wright, equation 3.4). */
const SUFFICIENT_DECREASE = 1e-4;
const SMALLEST_STEP = 1e-10;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

/**
 * Minimise by L-BFGS with backtracking (J. Nocedal and S. Wright, "Numerical Optimization", 2nd ed., algorithms 7.4
 * and 7.5). The same objective and start give the same result.
 *
 * @param start where to begin
 * @param options.iterations steps at most; it stops earlier where no step decreases the value any more
 */
export async function minimise(
  objective: Objective,
  start: Float64Array,
  options: { readonly iterations: number },
): Promise<Float64Array> {
  let at: Float64Array = start;
  let here = await objective(at);
  const pairs: Pair[] = [];
  for (let iteration = 0; iteration < options.iterations; iteration++) {
    const direction = descentDirection(here.gradient, pairs);
    const slope = dot(here.gradient, direction);
    if (!(slope < 0)) return at;
    // Without curvature known, a step of length one.
    let size = pairs.length > 0 ? 1 : 1 / Math.sqrt(dot(here.gradient, here.gradient));
    let next = advance(at, size, direction);
    let there = await objective(next);
    while (!(there.value <= here.value + SUFFICIENT_DECREASE * size * slope)) {
      size /= 2;
      if (size < SMALLEST_STEP) return at;
      next = advance(at, size, direction);
      there = await objective(next);
    }
    const step = advance(next, -1, at);
    const change = advance(there.gradient, -1, here.gradient);
    const curvature = dot(step, change);
    if (curvature > 0) {
      pairs.push({ step, change, curvature });
      if (pairs.length > MEMORY) pairs.shift();
    }
    at = next;
    here = there;
  }
  return at;
}

/** Two-loop recursion: minus the inverse Hessian's estimate times the gradient. */
function descentDirection(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  let direction: Float64Array = gradient.map((value) => -value);
  const shares: number[] = [];
  for (const { step, change, curvature } of pairs.toReversed()) {
    const share = dot(step, direction) / curvature;
    shares.unshift(share);
    direction = advance(direction, -share, change);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = last.curvature / dot(last.change, last.change);
    direction = direction.map((value) => value * scale);
  }
  for (const [i, { step, change, curvature }] of pairs.entries()) {
    direction = advance(direction, (shares[i] ?? 0) - dot(change, direction) / curvature, step);
  }
  return direction;
}

/** a + size * b. */
function advance(a: Float64Array, size: number, b: Float64Array): Float64Array {
  return a.map((value, i) => value + size * (b[i] ?? 0));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
