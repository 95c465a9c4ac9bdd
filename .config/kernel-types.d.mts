/** Files of src/ that are made from assembly/, and their text. */
export function generated(): Record<string, string>;
export function writeGenerated(): void;
