/** Words at the beginning of linear memory by which threads agree on what to do next. Each block of them serves one worker group. */
export const NEXT = 0;
export const STOP = 1;
export const DONE = 2;
export const STATUS = 3;
/** Bytes of a block of control words, a cache line; and how many there are. */
export const CONTROL_BYTES = 64;
export const CONTROL_BLOCKS = 16;
/** Address of a control word of the first block. */
export const STOP_PTR = 4 * STOP;
export const DONE_PTR = 4 * DONE;
/** What the stop word says when a thread has died. */
export const EMERGENCY = 2;
