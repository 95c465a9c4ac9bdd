/** The form with the options for reading and preparing the file. */
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import * as state from '../state/state.ts';
import type { Info, Parts, ReadChoice } from '../worker/protocol.ts';
import { mayTake, takes } from './formats.ts';
import { Field } from './parts.tsx';

/** Whether the form is open; it stays so when the file is read again. */
const unfolded = signal(false);

const PARTS: Record<Parts['option'], string> = { sheet: 'Sheet', array: 'Array', dataset: 'Dataset' };

const MISSING = {
  'drop-rows': 'leave their rows out',
  'drop-columns': 'leave their columns out',
  mean: 'mean of the column',
};

export const SCALES = {
  zscore: 'z-scores',
  minmax: 'from 0 to 1',
};

/** The options for reading the file. The section is open if the file could not be read. */
export function Reading({ info, open = false }: { info: Info | undefined; open?: boolean }) {
  const read = state.readChoice.value;
  const [columns, setColumns] = useState(read.columns.join(', '));
  const [idColumn, setIdColumn] = useState(String(info?.idColumn ?? read.idColumn ?? ''));
  const file = state.file.value;
  if (!file) return null;
  const again = (change: Partial<ReadChoice>) => void state.openFile(file, { ...read, ...change });
  const trajectory = info ? info.atoms !== undefined : mayTake(file.name, 'atoms');
  const textual = /\.(fasta|fa|faa|fas|seq|lst|txt)(\.gz|\.zst)?$/i.test(file.name);
  const parts = state.parts.value;
  const known = mayTake(file.name, 'columns') || !(trajectory || textual || parts);
  const table = info ? info.format === 'table' || takes(info.format, 'columns') : known;
  const { atomNames = [], elements = [] } = info ?? {};
  const chosen = read.atoms ? Object.entries(read.atoms)[0].join(':') : '';
  return (
    <details
      class="more"
      open={open || unfolded.value}
      onToggle={(event) => {
        unfolded.value = event.currentTarget.open;
      }}
    >
      <summary>How to read the file</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          again({ columns: parseColumns(columns), idColumn: parseColumns(idColumn)[0] });
        }}
      >
        {parts && (
          <Field label={PARTS[parts.option]}>
            <select
              name={parts.option}
              value={read.part?.value ?? parts.chosen ?? ''}
              onChange={(event) => {
                const { value } = event.currentTarget;
                again({ part: { option: parts.option, value }, columns: [], idColumn: undefined });
              }}
            >
              {parts.chosen === undefined && read.part === undefined && <option value="">choose one</option>}
              {parts.values.map((value) => (
                <option key={value} value={value}>
                  {value}
                </option>
              ))}
            </select>
          </Field>
        )}
        {table && (
          <Field
            label="Columns"
            hint={
              info?.sequences
                ? 'To cluster columns of numbers instead of the sequences, enter their names or their numbers, counted from 0'
                : 'Columns to use (all if empty), for example: x, y or 0, 1'
            }
          >
            <span class="with-button">
              <input type="text" value={columns} onInput={(event) => setColumns(event.currentTarget.value)} />
              <button type="submit" class="quiet">
                Read
              </button>
            </span>
          </Field>
        )}
        {table && !info?.sequences && (
          <Field
            label="Names of the rows"
            hint="A column that names the rows and is not clustered (none if empty), for example: id or 0"
          >
            <input type="text" value={idColumn} onInput={(event) => setIdColumn(event.currentTarget.value)} />
          </Field>
        )}
        {trajectory && atomNames.length + elements.length > 0 && (
          <Field label="Atoms">
            <select
              value={chosen}
              onChange={(event) => {
                const [kind, name] = event.currentTarget.value.split(':');
                again({ atoms: kind === '' ? undefined : kind === 'name' ? { name } : { element: name } });
              }}
            >
              <option value="">all</option>
              <optgroup label="Element">
                {elements.map((element) => (
                  <option key={element} value={`element:${element}`}>
                    {element}
                  </option>
                ))}
              </optgroup>
              <optgroup label="Name">
                {atomNames.map((name) => (
                  <option key={name} value={`name:${name}`}>
                    {name}
                  </option>
                ))}
              </optgroup>
            </select>
          </Field>
        )}
        <label class="check">
          <input
            type="checkbox"
            checked={read.skipBad}
            onChange={(event) => again({ skipBad: event.currentTarget.checked })}
          />
          {info?.sequences || (!info && textual)
            ? 'Skip rows that are not amino acid sequences'
            : 'Skip rows with NaN or infinity; they get the label 0'}
        </label>
        {!trajectory && !textual && !info?.sequences && (
          <Field label="Missing values">
            <select
              name="missing"
              value={read.missing ?? ''}
              onChange={(event) => {
                again({ missing: (event.currentTarget.value || undefined) as ReadChoice['missing'] });
              }}
            >
              <option value="">refuse</option>
              {Object.entries(MISSING).map(([value, words]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </select>
          </Field>
        )}
        {info && !trajectory && !info.sequences && (
          <>
            <Field
              label="Scale of columns"
              hint="Columns of large numbers outweigh those of small ones, unless all have the same unit"
            >
              <select
                name="scale"
                value={read.scale ?? ''}
                onChange={(event) => {
                  again({ scale: (event.currentTarget.value || undefined) as ReadChoice['scale'] });
                }}
              >
                <option value="">as in the file</option>
                {Object.entries(SCALES).map(([value, words]) => (
                  <option key={value} value={value}>
                    {words}
                  </option>
                ))}
              </select>
            </Field>
            <label class="check">
              <input
                type="checkbox"
                name="log2"
                checked={read.log2}
                onChange={(event) => again({ log2: event.currentTarget.checked })}
              />
              Take log2(x + 1) of every number, for counts and amounts
            </label>
          </>
        )}
      </form>
    </details>
  );
}

function parseColumns(text: string): (string | number)[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
