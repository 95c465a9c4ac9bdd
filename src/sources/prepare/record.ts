import type { rangeError } from '../../errors.ts';
import type { Preparation, PreparationStep } from '../../types.ts';

/** The steps, in the order in which `prepare` applies them. */
const STEPS: readonly PreparationStep['step'][] = [
  'log2',
  'log1p',
  'quantile',
  'center',
  'zscore',
  'minmax',
  'rows',
  'unit',
  'weights',
];

/**
 * Check a preparation that was read from a file or made by a caller. A step that is not known is refused: rows that are
 * prepared only in part would get wrong labels.
 * @param refuse makes the error
 * @throws RangeError that names the step
 */
export function checkPreparation(preparation: Preparation, cols: number, refuse: typeof rangeError): void {
  const { steps } = Object(preparation) as Partial<Preparation>;
  if (!Array.isArray(steps)) {
    throw refuse(`preparation must be {steps: [...]}, as from prepare(), got ${JSON.stringify(preparation)}`);
  }
  for (const { step, ...numbers } of steps as PreparationStep[]) {
    if (!STEPS.includes(step)) {
      throw refuse(`preparation has step ${JSON.stringify(step)}; this Coppice knows ${STEPS.join(', ')}`);
    }
    if (step === 'quantile' && numbers.target === undefined) {
      throw refuse(`preparation: step 'quantile' needs target, ${cols} numbers in ascending order`);
    }
    for (const [name, list] of Object.entries(numbers)) {
      if (
        !/^(target|subtract|divide|multiply)$/.test(name) ||
        !Array.isArray(list) ||
        list.length !== cols ||
        !list.every(Number.isFinite)
      ) {
        throw refuse(
          `preparation: ${name} of step '${step}' must be target, subtract, divide or multiply with ${cols} finite numbers`,
        );
      }
    }
  }
}
