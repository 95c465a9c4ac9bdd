/** A case as it is kept: test/fuzz/minimise.mjs writes it. */
export interface KeptCase {
  reader: string;
  seed: string;
  edits?: { edit: string }[];
  way: string;
  options: object;
  base64: string;
}
export interface Outcome {
  refused?: boolean;
  finding?: { kind: string; message: string };
}
/** Reads single cases in a process that is started anew where one has ended it. */
export class Prober {
  constructor(reader: string);
  ready(): Promise<void>;
  probe(entry: KeptCase): Promise<Outcome>;
  close(): void;
}
