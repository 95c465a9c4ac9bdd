/**
 * Whether this module has all families of distances, not only the common ones (../distance/families.ts): 1 in the extra module, 0 in
 * the first one. The build sets it (`asc --use`), and code for the other module is left out.
 */
declare const ALL_FAMILIES: i32;
