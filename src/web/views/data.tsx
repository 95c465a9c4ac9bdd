/** The data: choosing a file, its description, and the options for reading it. */
import { sequenceExtensions } from 'coppice/sequences';
import { formats } from 'coppice/sources';
import { useRef } from 'preact/hooks';
import { bytes, count, number, plural, rowName } from '../state/format.ts';
import * as state from '../state/state.ts';
import type { Info, SequenceInfo } from '../worker/protocol.ts';
import { Problem } from './parts.tsx';
import { MemoryField } from './plan.tsx';
import { Reading, SCALES } from './reading.tsx';

/** File extensions that the file dialogue of the system offers. */
const ACCEPT = [
  ...formats.flatMap(({ extensions }) => extensions),
  ...Object.values(sequenceExtensions).flat(),
  ...['txt', 'gz', 'zst'],
]
  .map((extension) => `.${extension}`)
  .join();

const EXAMPLES = [
  {
    name: 'trajectory',
    title: 'A molecule in motion',
    text: '4,000 frames of alanine dipeptide (22 atoms), compared by RMSD',
  },
  { name: 'blobs', title: 'Blobs', text: '750 points in the plane, in five groups of different width' },
  {
    name: 'embeddings',
    title: 'Embeddings',
    text: '12,000 texts on nine subjects, as vectors of 64 numbers',
  },
] as const;

/** A button that opens the file dialogue of the system. */
function ChooseFile({ label, primary = false }: { label: string; primary?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={primary ? 'primary' : 'quiet'} onClick={() => input.current?.click()}>
        {label}
      </button>
      <input
        ref={input}
        class="hidden-input"
        type="file"
        accept={ACCEPT}
        tabIndex={-1}
        aria-label="File to cluster"
        onChange={(event) => {
          const chosen = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (chosen) void state.openFile(chosen);
        }}
      />
    </>
  );
}

/** The page before a file is chosen. */
export function Welcome() {
  return (
    <section class="welcome" aria-labelledby="welcome-title">
      <h1 id="welcome-title">See which rows belong together</h1>
      <p class="lead">
        Open a table, a matrix, a trajectory or a file of amino acid sequences, of any size. Coppice builds a
        tree of a sample of its rows. You cut the tree into clusters, and every row is assigned to its
        cluster. Nothing is uploaded: your data stay on this machine.
      </p>
      <div class="drop">
        <ChooseFile label="Choose a file" primary />
        <p class="drop-text">or drop it anywhere on this page</p>
        <p class="drop-formats">
          {formats.map(({ title }) => title).join(' · ')} · FASTA · AIRR · gzip and zstd of these
        </p>
      </div>
      <Problem at="file" />
      <h2 class="examples-title">Or try an example</h2>
      <ul class="examples">
        {EXAMPLES.map(({ name, title, text }) => (
          <li key={name}>
            <button
              type="button"
              class="example"
              data-example={name}
              onClick={() => void state.openExample(name)}
            >
              <span class="example-title">{title}</span>
              <span class="example-text">{text}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The card that describes the file. */
export function DataPanel() {
  const file = state.file.value;
  const info = state.info.value;
  if (!file) return null;
  return (
    <section class="card" aria-labelledby="data-title">
      <h2 id="data-title">Data</h2>
      <p class="file-name" title={file.name}>
        {file.name}
      </p>
      {info ? <Facts info={info} /> : state.work.value === 'open' && <p class="soft">Opening the file …</p>}
      {state.notes.value.map((message) => (
        <div class="note" role="status" data-note="reader" key={message}>
          {message}
        </div>
      ))}
      <Problem
        at="file"
        hint={
          !info &&
          (state.tooLarge.value ? (
            <MemoryField onChoose={() => void state.openFile(file, state.readChoice.value)} />
          ) : (
            <Reading info={info} open />
          ))
        }
      />
      {info && <Reading info={info} />}
      <div class="row-of-buttons">
        <ChooseFile label="Another file" />
        <button type="button" class="quiet" onClick={state.closeFile}>
          Close
        </button>
      </div>
    </section>
  );
}

function Facts({ info }: { info: Info }) {
  const { rows, cols, dtype, atoms, sequences } = info;
  const { log2, scale } = state.readChoice.value;
  if (sequences) return <SequenceFacts info={info} sequences={sequences} />;
  return (
    <dl class="facts">
      <dt>{atoms === undefined ? 'Rows' : 'Frames'}</dt>
      <dd>{rows === undefined ? 'counted while reading' : count(rows)}</dd>
      <dt>Columns</dt>
      <dd>{atoms === undefined ? count(cols) : `${count(cols)}: x, y, z of ${plural(atoms, 'atom')}`}</dd>
      {info.idColumn !== undefined && (
        <>
          <dt>Names</dt>
          <dd>column {info.idColumn}</dd>
        </>
      )}
      <dt>Numbers</dt>
      <dd>{dtype === 'f4' ? 'float32' : 'float64'}</dd>
      {(log2 || scale) && (
        <>
          <dt>Prepared</dt>
          <dd>{[log2 && 'log2(x + 1)', scale && SCALES[scale]].filter(Boolean).join(', ')}</dd>
        </>
      )}
      <dt>Size</dt>
      <dd>{bytes(info.bytes)}</dd>
      <dt>Format</dt>
      <dd>{info.summary}</dd>
    </dl>
  );
}

function SequenceFacts({ info, sequences }: { info: Info; sequences: SequenceInfo }) {
  const { total, longest, skipped } = sequences;
  return (
    <dl class="facts">
      <dt>Sequences</dt>
      <dd>{count(info.rows ?? 0)} distinct</dd>
      <dt>Rows</dt>
      <dd>
        {count(total)} in all{skipped > 0 && `, ${count(skipped)} skipped`}
      </dd>
      <dt>Longest</dt>
      <dd>{plural(longest, 'residue')}</dd>
      <dt>Numbers</dt>
      <dd>
        {count(info.cols)} per sequence, {count(info.cols / longest)} properties of each residue
      </dd>
      <dt>Size</dt>
      <dd>{bytes(info.bytes)}</dd>
      <dt>Format</dt>
      <dd>{info.summary}</dd>
    </dl>
  );
}

function FirstSequences({ info, sequences }: { info: Info; sequences: SequenceInfo }) {
  return (
    <section class="card first-rows" aria-labelledby="rows-title">
      <h2 id="rows-title">First sequences</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <section class="scroll" tabIndex={0} aria-label={`First sequences of ${info.name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">sequence</th>
              <th scope="col">times</th>
            </tr>
          </thead>
          <tbody>
            {sequences.head.map(({ sequence, count: times }) => (
              <tr key={sequence}>
                <th scope="row">
                  <code class="residues">{sequence}</code>
                </th>
                <td>{count(times)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

/** The first rows, so that users can check that the file is read as they expect. */
export function FirstRows() {
  const info = state.info.value;
  if (info?.sequences) return <FirstSequences info={info} sequences={info.sequences} />;
  if (!info || info.head.length === 0) return null;
  const shown = info.head[0].length;
  const more = info.cols - shown;
  const names = Array.from({ length: shown }, (_, j) => info.columns?.[j] ?? String(j));
  return (
    <section class="card first-rows" aria-labelledby="rows-title">
      <h2 id="rows-title">First {rowName(info)}s</h2>
      {/* A table that scrolls must be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <section class="scroll" tabIndex={0} aria-label={`First ${rowName(info)}s of ${info.name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">{typeof info.idColumn === 'string' ? info.idColumn : rowName(info)}</th>
              {names.map((name) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
              {more > 0 && <th scope="col">…</th>}
            </tr>
          </thead>
          <tbody>
            {info.head.map((row, i) => (
              <tr key={i}>
                <th scope="row">{info.headNames?.[i] ?? i}</th>
                {row.map((value, j) => (
                  <td key={names[j]}>{number(value)}</td>
                ))}
                {more > 0 && <td class="soft">{i === 0 ? `${count(more)} more` : ''}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
