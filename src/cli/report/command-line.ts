/** The command that repeats a run, as a shell reads it. */

import { shownUrl } from '../../support/text/shown-url.ts';

/** Characters that no shell takes for anything else. */
const BARE = /^[A-Za-z0-9_./,:=@%+-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSEEN = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** One argument: as it is, in quotes, or with what cannot be seen written out (bash, zsh and ksh read $'...'). @internal */
export function quoted(argument: string): string {
  if (BARE.test(argument)) return argument;
  if (argument.search(UNSEEN) < 0) return `'${argument.replaceAll("'", "'\\''")}'`;
  const escaped = argument.replace(/[\\']/g, '\\$&').replace(UNSEEN, (character) => {
    const code = character.charCodeAt(0);
    return code < 128
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `$'${escaped}'`;
}

/** The whole command. The secrets of URLs (password, query) are left out; then `shortened` is true. */
export function commandLine(args: readonly string[]): { text: string; shortened: boolean } {
  const shown = args.map(shownUrl);
  return {
    text: ['coppice', ...shown.map(quoted)].join(' '),
    shortened: shown.some((argument, i) => argument !== args[i]),
  };
}
