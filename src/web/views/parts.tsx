/** Small components shared by several views. */
import type { ComponentChildren } from 'preact';
import * as state from '../state/state.ts';

/** The error message of one part of the page. */
export function Problem({ at, hint }: { at: state.Place; hint?: ComponentChildren }) {
  const message = state.errors.value[at];
  if (!message) return null;
  return (
    <div class="problem" role="alert" data-place={at}>
      <p class="problem-text">{message}</p>
      {hint}
    </div>
  );
}

export function Swatch({ color }: { color: string }) {
  return <span class="swatch" style={{ background: color }} aria-hidden="true" />;
}

/** The logo of the project: a small tree with a cut line. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M6 28V18h9v10M10.500 18V9h14v19M17.500 9V4" />
      <path class="mark-cut" d="M2 13.500h28" />
    </svg>
  );
}

export function Field({
  label,
  hint,
  children,
}: {
  label: string;
  hint?: string;
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label class="field">
      <span class="field-label">{label}</span>
      {children}
      {hint && <span class="field-hint">{hint}</span>}
    </label>
  );
}
