/** Must not pass a check: that the types are found shows in what is wrong. */
import { twoPass } from 'coppice';

export const wrong: number = twoPass([[1]], { clusters: 1 });
