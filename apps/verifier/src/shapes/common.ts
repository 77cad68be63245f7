/** One page of a list; `next` is the cursor of the page after it, or null at the end. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** An error as RFC 9457 has it, with the closed code of ours and what to do about it. */
export interface Problem {
  /** `about:blank`, since the code says which kind it is. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly hint: string;
  /** Of a malformed request: which part, as a JSON pointer (RFC 6901), and what is wrong with it. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

/** Bytes that were uploaded and wait to be used; those that nobody uses are removed after a day. */
export interface Upload {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly uploaded: string;
}

/** How far a step of a long job is. */
export interface Step {
  readonly stage: string;
  readonly done: number;
  /** 0 where it is not known yet. */
  readonly total: number;
}
