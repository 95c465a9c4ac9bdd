/** The shape of a tile of distances: eight float32 or four float64 rows beside four. */
/** Bytes of a panel column: 2 vectors. */
export const COLUMN: usize = 32;
/** Bytes of the sums of a tile: 4 rows of 2 vectors. */
export const TILE: usize = 128;
