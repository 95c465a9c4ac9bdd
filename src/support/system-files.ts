/** Helpers for system files that readers, sinks and stores share. */

/** Texts for the error codes of the system, for users who named a file or a folder. */
const REASONS: Record<string, string> = {
  ENOENT: 'it does not exist',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than is allowed here',
  EMFILE: 'too many files are open in this process; close some, or raise the limit (ulimit -n)',
  ENFILE: 'too many files are open on this machine',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  EIO: 'the disk reports an error',
  EBUSY: 'it is in use by something else',
  ETXTBSY: 'it is in use by something else',
  ESTALE: 'it is gone from the file server',
  ENXIO: 'the device is gone',
  ENODEV: 'the device is gone',
  EBADF: 'it was closed meanwhile',
  ENOSYS: 'the file system cannot do that',
  ENOTSUP: 'the file system cannot do that',
  EOPNOTSUPP: 'the file system cannot do that',
  ENOMEM: 'the system has no memory left',
  ETIMEDOUT: 'the file server does not answer',
  ENOTEMPTY: 'the folder is not empty',
  EEXIST: 'a file or folder of that name exists already',
};

/**
 * Why the system refused, in words. The platform's own text is used only if the code is unknown.
 * @param own texts for codes that have a special meaning for the caller
 */
export function systemReason(error: unknown, own: Record<string, string> = {}): string {
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  const known = own[code] ?? REASONS[code];
  if (known) return known;
  // Node: "EXXX: text, syscall 'path'". The caller names the file.
  const [, text] = /^E[A-Z0-9]+: (.*?)(, \w+( '.*)?)?$/.exec(message ?? '') ?? [];
  if (text !== undefined || syscall !== undefined) return `the system reports ${text ?? code} (${code})`;
  return message ?? String(error);
}

/** An open file. */
interface Handle {
  read(target: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
}

/** Largest number of bytes per read. A read call is limited to 2^31 - 1 bytes. */
const MOST_BYTES = 2 ** 30;

/** Fill `target` from a position of a file. @returns the number of bytes read; fewer only at the end of the file */
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
