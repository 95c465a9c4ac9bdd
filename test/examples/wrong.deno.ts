/** Must fail a type check: the error shows that the types were found. */
import { twoPass } from 'coppice';

export const wrong: number = twoPass([[1]], { clusters: 1 });
