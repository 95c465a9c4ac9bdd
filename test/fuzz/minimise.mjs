/** Makes a finding small: fewer edits, then fewer bytes, as long as the same is found. */

import { applied } from './mutate.mjs';
import { signatureOf } from './reading.mjs';

/** Where each try costs seconds or a process, few are made. */
const DEAR_TRIES = 6;
const TRIES = 400;
const MOST_MS = 10_000;

const base64 = (bytes) => Buffer.from(bytes).toString('base64');

/** Whether a case gives the finding; what it is then. */
async function found(prober, entry, bytes, signature) {
  const { finding } = await prober.probe({ ...entry, base64: base64(bytes) });
  return finding && signatureOf(finding) === signature ? finding : undefined;
}

/**
 * @param entry a planned case
 * @returns {Promise<object | undefined>} the case as it is kept; undefined where a fresh process does not find it
 */
export async function minimise(reader, seeds, prober, entry, signature) {
  let bytes = applied(reader, seeds, entry);
  let finding = await found(prober, entry, bytes, signature);
  if (!finding) return undefined;
  let best = entry;
  const dear = ['hang', 'crash', 'memory'].includes(finding.kind);
  const until = Date.now() + MOST_MS;
  let tries = dear ? DEAR_TRIES : TRIES;
  for (let i = best.edits.length - 1; i >= 0 && best.edits.length > 1 && tries-- > 0; i--) {
    const fewer = { ...best, edits: best.edits.filter((_, j) => j !== i) };
    const less = applied(reader, seeds, fewer);
    const still = await found(prober, fewer, less, signature);
    if (still) [best, bytes, finding] = [fewer, less, still];
  }
  // An accepted case is judged beside its seed, of which it should stay near.
  if (!dear && finding.kind !== 'accepted') {
    for (let size = bytes.length >> 1; size >= 1 && bytes.length > 32; size >>= 1) {
      for (let at = 0; at < bytes.length && tries > 0 && Date.now() < until; ) {
        tries--;
        const less = new Uint8Array(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]));
        const still = less.length > 0 && (await found(prober, best, less, signature));
        if (still) [bytes, finding] = [less, still];
        else at += size;
      }
    }
  }
  const { seed, way, options, edits } = best;
  return {
    reader: reader.name,
    kind: finding.kind,
    message: finding.message,
    seed,
    edits: edits.map(({ edit }) => ({ edit })),
    way,
    options,
    base64: base64(bytes),
  };
}
