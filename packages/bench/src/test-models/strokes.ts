/** A pen stroke: points joined by straight lines, in a box of side 1, x to the right and y downwards. */
export type Stroke = readonly (readonly [x: number, y: number])[];

export interface Glyph {
  readonly name: string;
  readonly strokes: readonly Stroke[];
}

/** Degrees between the points of an arc; finer is not visible at 20 pixels. */
const ARC_STEP = 22.5;

/** The classes, in the order of the labels. */
export const GLYPHS: readonly Glyph[] = [
  { name: "0", strokes: [arc(0.5, 0.5, 0.32, 0.48, 0, 360)] },
  { name: "1", strokes: [line(0.3, 0.22, 0.55, 0.02, 0.55, 0.98)] },
  { name: "2", strokes: [[...arc(0.5, 0.28, 0.32, 0.26, 190, 385), [0.15, 0.97], [0.88, 0.97]]] },
  { name: "3", strokes: [arc(0.45, 0.27, 0.32, 0.25, 200, 450), arc(0.45, 0.74, 0.36, 0.24, 270, 520)] },
  { name: "4", strokes: [line(0.68, 0.98, 0.68, 0.02, 0.1, 0.68, 0.92, 0.68)] },
  {
    name: "5",
    strokes: [[...line(0.82, 0.03, 0.25, 0.03, 0.2, 0.45), ...arc(0.45, 0.68, 0.36, 0.29, 250, 510)]],
  },
  { name: "6", strokes: [arc(0.5, 0.7, 0.32, 0.28, 0, 360), arc(0.78, 0.68, 0.6, 0.68, 180, 265)] },
  { name: "7", strokes: [line(0.12, 0.04, 0.86, 0.04, 0.38, 0.98)] },
  { name: "8", strokes: [arc(0.5, 0.26, 0.26, 0.24, 0, 360), arc(0.5, 0.74, 0.33, 0.25, 0, 360)] },
  { name: "9", strokes: [arc(0.5, 0.3, 0.32, 0.28, 0, 360), arc(0.22, 0.32, 0.6, 0.66, 0, 85)] },
  { name: "A", strokes: [line(0.08, 0.98, 0.5, 0.02, 0.92, 0.98), line(0.25, 0.64, 0.75, 0.64)] },
  { name: "C", strokes: [arc(0.55, 0.5, 0.4, 0.48, 50, 310)] },
  { name: "E", strokes: [line(0.84, 0.03, 0.2, 0.03, 0.2, 0.97, 0.86, 0.97), line(0.2, 0.48, 0.72, 0.48)] },
  { name: "F", strokes: [line(0.86, 0.03, 0.22, 0.03, 0.22, 0.98), line(0.22, 0.46, 0.74, 0.46)] },
  {
    name: "H",
    strokes: [line(0.15, 0.02, 0.15, 0.98), line(0.85, 0.02, 0.85, 0.98), line(0.15, 0.5, 0.85, 0.5)],
  },
  {
    name: "K",
    strokes: [line(0.18, 0.02, 0.18, 0.98), line(0.84, 0.02, 0.18, 0.56), line(0.4, 0.4, 0.88, 0.98)],
  },
  { name: "T", strokes: [line(0.08, 0.04, 0.92, 0.04), line(0.5, 0.04, 0.5, 0.98)] },
  { name: "X", strokes: [line(0.1, 0.04, 0.9, 0.96), line(0.9, 0.04, 0.1, 0.96)] },
  { name: "triangle", strokes: [line(0.5, 0.06, 0.95, 0.92, 0.05, 0.92, 0.5, 0.06)] },
  { name: "square", strokes: [line(0.08, 0.08, 0.92, 0.08, 0.92, 0.92, 0.08, 0.92, 0.08, 0.08)] },
];

function line(...coordinates: number[]): Stroke {
  return coordinates.flatMap((x, i): [number, number][] =>
    i % 2 === 0 ? [[x, coordinates[i + 1] ?? 0]] : [],
  );
}

/** Part of an ellipse, in degrees clockwise from the right. */
function arc(x: number, y: number, radiusX: number, radiusY: number, from: number, to: number): Stroke {
  const pieces = Math.ceil((to - from) / ARC_STEP);
  return Array.from({ length: pieces + 1 }, (_, i): [number, number] => {
    const angle = ((from + ((to - from) * i) / pieces) * Math.PI) / 180;
    return [x + radiusX * Math.cos(angle), y + radiusY * Math.sin(angle)];
  });
}
