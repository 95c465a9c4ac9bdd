/**
 * Colours of all parts of a picture, for light and dark paper.
 *
 * Colours are written as attributes, which every viewer and sanitizer understands. Only 'auto' adds a style element. Inside
 * `prefers-color-scheme: dark` its rules override the attributes. They apply to no other picture of the page, since they
 * start at the root's own class.
 */

import type { ThemeName } from './options.ts';
import { resolveColor, type Slot, slotColors } from './palette.ts';
import type { Attributes } from './svg.ts';

/** Colours by role, as [light, dark]. */
const ROLES = {
  paper: ['#ffffff', '#15181c'],
  ink: ['#1c2126', '#eceff2'],
  soft: ['#566069', '#a7b0b9'],
  axis: ['#868f98', '#6f7984'],
  grid: ['#e9ecef', '#272c32'],
} satisfies Record<string, readonly [string, string]>;

export type Role = keyof typeof ROLES | Slot;

const colorsOf = (role: Role): readonly [string, string] =>
  Object.hasOwn(ROLES, role) ? ROLES[role as keyof typeof ROLES] : slotColors(role as Slot);

/** A role, or a colour as it is. */
export type Paint = Role | { css: string };

/** The paint for a colour name from the data. C0 to C9 are roles, which differ between light and dark. */
export function paintOf(color: string): Paint {
  const resolved = resolveColor(color);
  if (/^C\d/.test(resolved) || Object.hasOwn(ROLES, resolved)) return resolved as Role;
  return { css: resolved };
}

/** The colours of one picture. */
export class Theme {
  readonly rootClass: string | undefined;
  readonly #name: ThemeName;
  readonly #used = new Set<string>();

  constructor(name: ThemeName = 'light') {
    this.#name = name;
    this.rootClass = name === 'auto' ? 'coppice-auto' : undefined;
  }

  /** The attributes that fill or stroke an element. */
  paint({ fill, stroke }: { fill?: Paint; stroke?: Paint }): Attributes {
    const classes = [this.#classOf('fill', fill), this.#classOf('stroke', stroke)].filter(Boolean);
    const out: Attributes = {};
    // Only the keys that were asked for: callers spread the result over other attributes, and must not overwrite them.
    if (fill) out.fill = this.color(fill);
    if (stroke) out.stroke = this.color(stroke);
    if (classes.length > 0) out.class = classes.join(' ');
    return out;
  }

  /** The colour value for the attribute. */
  color(paint: Paint): string {
    return typeof paint === 'string' ? colorsOf(paint)[this.#name === 'dark' ? 1 : 0] : paint.css;
  }

  /** The rules for dark systems; call it after everything is painted. */
  style(): string {
    const rules = Array.from(this.#used)
      .sort()
      .map((use) => {
        const [kind, role] = use.split(' ');
        return `.coppice-auto .${kind}-${role}{${kind}:${colorsOf(role as Role)[1]}}`;
      });
    return rules.length === 0 ? '' : `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`;
  }

  #classOf(kind: 'fill' | 'stroke', paint: Paint | undefined): string {
    if (this.#name !== 'auto' || typeof paint !== 'string') return '';
    this.#used.add(`${kind} ${paint}`);
    return `${kind}-${paint}`;
  }
}
