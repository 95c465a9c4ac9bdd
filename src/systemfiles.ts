/** What readers, sinks and stores know of a file system alike. */

/** What the codes of a system's errors mean for someone who named a file or a folder; ENOENT depends on which it was. */
export const SYSTEM_ERRORS: Record<string, string> = {
  ENOTDIR: 'a part of the path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than is allowed here',
  EMFILE: 'too many open files',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  EIO: 'the disk reports an error',
};

/** An open file. */
interface Handle {
  read(target: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
}

/** One read call is limited to 2^31 - 1 bytes; this stays clear of it. */
const MOST_BYTES = 2 ** 30;

/** Fill `target` from a place of a file. @returns how many bytes there were: fewer only at the end of the file */
export async function fillFrom(handle: Handle, target: Uint8Array, start: number): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const length = Math.min(target.length - filled, MOST_BYTES);
    const { bytesRead } = await handle.read(target, filled, length, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
