/** The text of docs/api.md. */
export function describeApi(): string;
