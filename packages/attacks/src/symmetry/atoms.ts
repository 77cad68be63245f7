/**
 * A factor of one or several axes. Axes that have to be changed together share their atoms; an axis that a Reshape made
 * of several has one atom for each, the slowest first.
 */
export interface Atom {
  readonly size: number;
  parent: Atom | null;
  /** Whether it is changed by the inverse transpose of its parent's change. */
  dual: boolean;
  children: readonly [Atom, Atom] | null;
  /** Whether nothing may be changed here. */
  frozen: boolean;
  /** Whether it is tied to its own dual, so that only orthogonal changes fit. */
  selfDual: boolean;
}

/** An atom, or its dual. */
export interface Signed {
  readonly atom: Atom;
  readonly dual: boolean;
}

/** The factors of an axis, the slowest first; empty for an axis of size 1. */
export type Axis = readonly Signed[];

export function newAxis(size: number): Axis {
  return size === 1 ? [] : [{ atom: newAtom(size, false), dual: false }];
}

function newAtom(size: number, frozen: boolean): Atom {
  return { size, parent: null, dual: false, children: null, frozen, selfDual: false };
}

/** The atoms of an axis as far as they are known by now: roots that are not split. */
export function leaves(axis: Axis): Signed[] {
  return axis.flatMap((signed) => {
    const { atom, dual } = root(signed);
    if (atom.children === null) return [{ atom, dual }];
    return leaves(atom.children.map((child) => ({ atom: child, dual })));
  });
}

function root({ atom, dual }: Signed): Signed {
  let at: Signed = { atom, dual };
  while (at.atom.parent !== null) at = { atom: at.atom.parent, dual: at.dual !== at.atom.dual };
  return at;
}

export function freeze(axis: Axis): void {
  for (const { atom } of leaves(axis)) atom.frozen = true;
}

/**
 * Tie two axes, or lists of factors, of the same total size: a change of one is a change of the other, or with `dual` its
 * inverse transpose. Where their factors do not nest, both are frozen.
 */
export function tie(a: Axis, b: Axis, dual = false): void {
  for (;;) {
    const [left, right] = [leaves(a), leaves(b)];
    const at = left.findIndex((each, i) => each.atom.size !== right[i]?.atom.size);
    if (at === -1 && left.length === right.length) {
      for (const [i, each] of left.entries()) {
        const other = right[i];
        if (other !== undefined) unite(each, other, dual);
      }
      return;
    }
    const [x, y] = [left[at]?.atom, right[at]?.atom];
    if (x === undefined || y === undefined || !split(x, y)) {
      freeze(a);
      freeze(b);
      return;
    }
  }
}

function split(x: Atom, y: Atom): boolean {
  const [large, small] = x.size > y.size ? [x, y] : [y, x];
  if (small.size < 2 || large.size % small.size !== 0) return false;
  large.children = [newAtom(small.size, large.frozen), newAtom(large.size / small.size, large.frozen)];
  return true;
}

function unite(a: Signed, b: Signed, dual: boolean): void {
  // Earlier pairs of the same tie may have united these already.
  const [x, y] = [root(a), root(b)];
  const apart = (x.dual !== y.dual) !== dual;
  if (x.atom === y.atom) {
    x.atom.selfDual ||= apart;
    return;
  }
  y.atom.parent = x.atom;
  y.atom.dual = apart;
  x.atom.frozen ||= y.atom.frozen;
  x.atom.selfDual ||= y.atom.selfDual;
}
