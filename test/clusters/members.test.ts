import { expect, test } from 'vitest';
import { members } from '../../src/clusters/members.ts';

test('rows, or their names, by cluster', () => {
  const labels = Int32Array.of(2, 1, 2, 0);
  expect([...members(labels)]).toEqual([
    [0, [3]],
    [1, [1]],
    [2, [0, 2]],
  ]);
  expect(members([1, 1], ['a', 'b']).get(1)).toEqual(['a', 'b']);
  expect([...members([])]).toEqual([]);
});

test('refuses what is no list of labels, and names that do not fit', () => {
  expect(() => members('12' as never)).toThrow(TypeError);
  expect(() => members([1, 1.5])).toThrow(/^labels\[1\] is 1.5; labels are whole numbers/);
  expect(() => members(['a'] as never)).toThrow(TypeError);
  expect(() => members([1, 2], ['a'])).toThrow(/^names has length 1; there are 2 labels/);
  expect(() => members([1], 'a' as never)).toThrow(TypeError);
});
