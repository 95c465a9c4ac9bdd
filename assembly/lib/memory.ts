/** Elements of arrays in linear memory, by index. */
@inline
export function word(ptr: usize, i: u32): u32 {
  return load<u32>(ptr + ((i as usize) << 2));
}
@inline
export function setWord(ptr: usize, i: u32, value: u32): void {
  store<u32>(ptr + ((i as usize) << 2), value);
}
@inline
export function at<T extends number>(ptr: usize, i: u32): T {
  return load<T>(ptr + (i as usize) * sizeof<T>());
}
@inline
export function put<T extends number>(ptr: usize, i: u32, value: T): void {
  store<T>(ptr + (i as usize) * sizeof<T>(), value);
}
