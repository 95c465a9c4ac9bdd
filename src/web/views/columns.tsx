/** What the columns of a table hold, also those that are not read. */
import { count, number } from '../state/format.ts';
import * as state from '../state/state.ts';
import type { ColumnInfo, Info } from '../worker/protocol.ts';

function useOf({ read, name, index }: ColumnInfo, { idColumn }: Info): string {
  if (read) return 'yes';
  return (name || index) === idColumn ? 'as names' : 'no';
}

export function Columns() {
  const info = state.info.value;
  const columns = info?.columnFacts ?? [];
  if (!info || columns.length === 0) return null;
  const more = info.moreColumns ?? 0;
  return (
    <section class="card first-rows" aria-labelledby="columns-title">
      <h2 id="columns-title">Columns</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <section class="scroll" tabIndex={0} aria-label={`Columns of ${info.name}`}>
        <table class="columns">
          <thead>
            <tr>
              <th scope="col">column</th>
              <th scope="col">read</th>
              <th scope="col">missing</th>
              <th scope="col">range</th>
              <th scope="col">holds</th>
            </tr>
          </thead>
          <tbody>
            {columns.map((column) => (
              <tr key={`${column.index} ${column.name}`} class={column.read ? undefined : 'soft'}>
                <th scope="row">{column.name || column.index}</th>
                <td>{useOf(column, info)}</td>
                <td>{column.missing > 0 && `${number(Math.round(1000 * column.missing) / 10)} %`}</td>
                <td>{column.range && `${number(column.range[0])} to ${number(column.range[1])}`}</td>
                <td>
                  {column.reason}
                  {column.contradiction &&
                    `; line ${column.contradiction.line} has “${column.contradiction.text}”`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {more > 0 && <p class="soft help">and {count(more)} more</p>}
    </section>
  );
}
