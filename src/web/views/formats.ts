/** What the registry of formats says about a file. */
import { formats } from 'coppice/sources';

/** Whether `open` takes an option for files of this format. */
export function takes(format: string, option: string): boolean {
  return formats.some(({ name, options }) => name === format && options.includes(option));
}

/** The same for a file that was not opened, by the extension of its name. */
export function mayTake(fileName: string, option: string): boolean {
  const extension = fileName.toLowerCase().split('.').at(-1) ?? '';
  return formats.some(
    ({ extensions, options }) => extensions.includes(extension) && options.includes(option),
  );
}
