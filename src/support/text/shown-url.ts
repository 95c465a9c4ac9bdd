/** URLs for messages, without secrets: a query may be a signature, and the part before `@` a password. */

/** A URL without user, password, query and fragment. Other text is unchanged. */
export function shownUrl(text: string): string {
  const [, scheme, rest] = /^(https?:\/\/)(\S*)$/is.exec(text) ?? [];
  if (scheme === undefined) return text;
  const place = rest.replace(/[?#].*$/s, '');
  const at = /^[^/\\]*@/.exec(place)?.[0].length ?? 0;
  return scheme + place.slice(at);
}

/** Does the same for every URL within a text, such as a message of the platform. */
export function withShownUrls(text: string): string {
  return text.replace(/https?:\/\/[^\s"'<>()[\]]+/gi, shownUrl);
}
