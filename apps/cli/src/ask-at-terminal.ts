import { isCancel, password } from "@clack/prompts";
import { CliError } from "./error.js";

/** Ask at the terminal, the prompt on stderr, so that stdout stays free for the result. */
export async function askAtTerminal(question: string): Promise<string> {
  const answer = await password({ message: question, output: process.stderr });
  if (isCancel(answer)) throw new CliError("ABORTED", "no passphrase was given", "Start again.");
  return answer;
}
