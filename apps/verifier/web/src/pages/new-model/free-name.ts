import { ApiError } from "../../api/api-error.js";

/** Names that are tried: whoever has begun as often as that is better told. */
const MOST = 20;

/**
 * Make something under a name, or where that is taken under the same with a number: a wizard that was left and begun
 * again has made a key already.
 *
 * @throws ApiError what making it says, CONFLICT where all names are taken
 */
export async function underFreeName<Made>(
  name: string,
  make: (name: string) => Promise<Made>,
): Promise<Made> {
  for (let number = 1; number < MOST; number += 1) {
    try {
      return await make(numbered(name, number));
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "CONFLICT") throw error;
    }
  }
  return await make(numbered(name, MOST));
}

function numbered(name: string, number: number): string {
  return number === 1 ? name : `${name} (${number})`;
}
