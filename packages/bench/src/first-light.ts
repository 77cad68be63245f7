import type { Bench } from "./bench.js";
import { measureData } from "./data-rows.js";
import { measureSpeed } from "./speed/speed-rows.js";

/** The numbers of the main job on real models. */
export const firstLight: Bench = {
  name: "first-light",
  run: async (context) => {
    await measureData(context);
    await measureSpeed(context);
  },
};
