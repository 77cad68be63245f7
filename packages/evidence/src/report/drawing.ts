/** Shades of a drawing; each renderer gives them the same colours. */
export const COLOURS = {
  ink: "#1a1a1a",
  grey: "#767676",
  pale: "#d9d9d9",
  bars: "#8fa8c4",
  accent: "#a3262a",
} as const;
export type Colour = keyof typeof COLOURS;

/** What a drawing consists of: paths in SVG's own language, which pdfkit understands too, and lines of text. */
export type Shape =
  | {
      readonly kind: "path";
      readonly d: string;
      readonly fill?: Colour;
      readonly stroke?: Colour;
      readonly width?: number;
      readonly dashed?: boolean;
    }
  | {
      readonly kind: "text";
      readonly x: number;
      /** Of the baseline. */
      readonly y: number;
      readonly text: string;
      readonly anchor: "start" | "middle" | "end";
      readonly colour?: Colour;
      readonly size?: number;
    };

/** A figure that does not know how it is rendered. Lengths are points; the origin is the upper left corner. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
}

/** Size of texts that say none. */
export const TEXT_SIZE = 8;

/** A straight line. */
export function line(
  from: readonly [number, number],
  to: readonly [number, number],
  style: { readonly stroke?: Colour; readonly width?: number; readonly dashed?: boolean } = {},
): Shape {
  const d = `M${fixed(from[0])},${fixed(from[1])}L${fixed(to[0])},${fixed(to[1])}`;
  return { kind: "path", d, stroke: "ink", width: 0.6, ...style };
}

/** A filled rectangle. */
export function bar(x: number, y: number, width: number, height: number, fill: Colour): Shape {
  return {
    kind: "path",
    d: `M${fixed(x)},${fixed(y)}h${fixed(width)}v${fixed(height)}h${fixed(-width)}Z`,
    fill,
  };
}

/** A line of text. */
export function label(
  x: number,
  y: number,
  text: string,
  more: {
    readonly anchor?: "start" | "middle" | "end";
    readonly colour?: Colour;
    readonly size?: number;
  } = {},
): Shape {
  return { kind: "text", x, y, text, anchor: "start", ...more };
}

/** Two decimals: finer than any printer, and the same on every machine. */
function fixed(value: number): string {
  return value.toFixed(2);
}
