/** Looks up formats in the registry of the package. */
import { formats } from 'coppice/sources';

/** Whether `open` accepts an option for files of this format. */
export function takes(format: string, option: string): boolean {
  return formats.some(({ name, options }) => name === format && options.includes(option));
}

/** The same for a file that could not be opened, judged by its file extension. */
export function mayTake(fileName: string, option: string): boolean {
  const extension = fileName.toLowerCase().split('.').at(-1) ?? '';
  return formats.some(
    ({ extensions, options }) => extensions.includes(extension) && options.includes(option),
  );
}
