/** URLs as messages show them: a query may be a signature, and what stands before `@` a password. */

/** A URL without user, password, query and fragment; other text as it is. */
export function shownUrl(text: string): string {
  const [, scheme, rest] = /^(https?:\/\/)(\S*)$/is.exec(text) ?? [];
  if (scheme === undefined) return text;
  const place = rest.replace(/[?#].*$/s, '');
  const at = /^[^/\\]*@/.exec(place)?.[0].length ?? 0;
  return scheme + place.slice(at);
}

/** The same for every URL within a text, such as a platform's own message. */
export function withShownUrls(text: string): string {
  return text.replace(/https?:\/\/[^\s"'<>()[\]]+/gi, shownUrl);
}
