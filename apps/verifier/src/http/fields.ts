import { z } from "@hono/zod-openapi";
import { ID } from "../new-id.js";

/** Longest name that someone gives to something. */
const MAX_NAME = 200;
const MAX_NOTES = 10_000;

/** Controls, which no database takes (NUL) and no log should show, but for line breaks and tabs. */
const CONTROLS = /[^\P{Cc}\t\n\r]/u;
const LONE_SURROGATE = /\p{Cs}/u;

/** A text for people. */
export function textField(most: number): z.ZodString {
  return z
    .string()
    .max(most)
    .refine((text) => !CONTROLS.test(text), "it has control characters")
    .refine((text) => !LONE_SURROGATE.test(text), "it is not Unicode");
}

export const nameField: z.ZodString = textField(MAX_NAME).min(1);
export const notesField: z.ZodString = textField(MAX_NOTES);
/** A reference to a row. */
export const idField: z.ZodString = z.string().regex(ID, "it is no id");

/** Parameters of a path that ends in an id. */
export const idParams: z.ZodObject<{ readonly id: z.ZodString }> = z.object({
  id: idField.openapi({ param: { name: "id", in: "path" } }),
});
