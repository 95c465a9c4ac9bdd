/**
 * Control words at the beginning of linear memory, with which threads coordinate a job. Each block of them serves one
 * running job.
 */
export const NEXT = 0;
export const STOP = 1;
export const DONE = 2;
export const STATUS = 3;
/** Bytes of a block of control words (a cache line), and the number of blocks. */
export const CONTROL_BYTES = 64;
export const CONTROL_BLOCKS = 16;
/** Address of a control word of the first block. */
export const STOP_PTR = 4 * STOP;
export const DONE_PTR = 4 * DONE;
