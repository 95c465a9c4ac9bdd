/** The state of the page, and the actions on it. Views read the signals and call the functions. */
import { batch, computed, effect, signal } from '@preact/signals';
import { takesMetric, usualMethod } from '../../hierarchy/linkage/methods.ts';
import type {
  Cut,
  FitChoice,
  Forecast,
  Grown,
  Info,
  LeaderChoice,
  Parts,
  Profile,
  Progress,
  Projected,
  ReadChoice,
  SaveKind,
  Tally,
} from '../worker/protocol.ts';
import { NO_READING, PLAIN } from './choices.ts';
import { download, rasterize } from './download.ts';
import { Desk } from './rpc.ts';
import { type Suggestion, suggest, Tree } from './tree.ts';

export type Place = 'file' | 'plan' | 'work' | 'save';

const desk = new Desk({
  progress: (value) => {
    if (work.value) progress.value = value;
  },
  tally: (value) => {
    tally.value = value;
  },
  note: (message) => {
    if (!notes.value.includes(message)) notes.value = [...notes.value, message];
  },
  warning: (message) => {
    if (!warnings.value.includes(message)) warnings.value = [...warnings.value, message];
  },
});

// Choices of the user.
export const file = signal<File | undefined>(undefined);
export const readChoice = signal<ReadChoice>(NO_READING);
export const fitChoice = signal<FitChoice>(PLAIN);
export const leaderChoice = signal<LeaderChoice>({ perCluster: 1, pick: 'medoid' });

// Results.
export const info = signal<Info | undefined>(undefined);
export const forecast = signal<Forecast | undefined>(undefined);
export const grown = signal<(Grown & { choice: FitChoice; tree: Tree }) | undefined>(undefined);
export const projected = signal<Projected | undefined>(undefined);
export const axes = signal<'pca' | readonly [number, number]>('pca');
const cut = signal<(Cut & { leaders: LeaderChoice }) | undefined>(undefined);
const tally = signal<Tally | undefined>(undefined);
export const profile = signal<Profile | undefined>(undefined);
export const suggestions = signal<Suggestion[]>([]);

// Work in progress and messages.
export const work = signal<'open' | 'grow' | 'label' | undefined>(undefined);
export const progress = signal<Progress | undefined>(undefined);
export const stopped = signal(false);
export const errors = signal<Partial<Record<Place, string>>>({});
/** Whether opening the file failed because it needs more memory than allowed. */
export const tooLarge = signal(false);
export const warnings = signal<string[]>([]);
/** The sheets, arrays or datasets of a file that has several. */
export const parts = signal<Parts | undefined>(undefined);
/** Warnings of the file's reader, without repeats. */
export const notes = signal<string[]>([]);
export const threads = signal<{ count: number; why: string | undefined } | undefined>(undefined);
/** Text that screen readers read out. */
export const news = signal('');

// View state.
export const cutHeight = signal(0);
export const dragging = signal(false);
export const selected = signal<number | undefined>(undefined);
const choosing = signal(true);

const dark = globalThis.matchMedia?.('(prefers-color-scheme: dark)');
export const themeChoice = signal<'light' | 'dark' | undefined>(undefined);
const systemDark = signal(dark?.matches ?? false);
dark?.addEventListener('change', ({ matches }) => {
  systemDark.value = matches;
});
export const theme = computed<'light' | 'dark'>(
  () => themeChoice.value ?? (systemDark.value ? 'dark' : 'light'),
);

// Set this immediately: canvases read their colours from the style sheet.
effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

export const k = computed(() => grown.value?.tree.kAt(cutHeight.value) ?? 1);
/** The cluster of each row of the sample. It depends on the number of clusters only, not on the exact cut height. */
export const labels = computed(() => grown.value?.tree.labels(k.value) ?? new Int32Array(0));
/** Rows of the sample in each cluster. */
export const sampleCounts = computed(() => {
  const counts = new Float64Array(k.value);
  for (const label of labels.value) counts[label - 1]++;
  return counts;
});
/** The leaders, if they belong to the cut shown. */
export const currentCut = computed(() =>
  cut.value?.k === k.value && cut.value.leaders === leaderChoice.value ? cut.value : undefined,
);
/** State of the second pass, if it belongs to the cut shown. */
export const currentTally = computed(() => (currentCut.value ? tally.value : undefined));

const fail = (place: Place, error: unknown): void => {
  errors.value = { ...errors.value, [place]: (error as Error).message };
};
const isStop = (error: unknown): boolean => (error as Error).name === 'AbortError';

function clearTree(): void {
  grown.value = undefined;
  projected.value = undefined;
  cut.value = undefined;
  tally.value = undefined;
  profile.value = undefined;
  selected.value = undefined;
  suggestions.value = [];
  stopped.value = false;
  warnings.value = [];
}

/** The file for which the current choices were made. */
let chosenFor: File | undefined;

/** Open a file and show its description. The effect below then shows the plan. */
export async function openFile(next: File, read: ReadChoice = NO_READING): Promise<void> {
  if (work.value) await stop();
  batch(() => {
    work.value = 'open';
    progress.value = undefined;
    file.value = next;
    readChoice.value = read;
    info.value = undefined;
    notes.value = [];
    forecast.value = undefined;
    errors.value = {};
    tooLarge.value = false;
    if (chosenFor !== next) parts.value = undefined;
    choosing.value = true;
    clearTree();
  });
  try {
    const found = await desk.call('open', next, read, fitChoice.value.memory);
    if (file.value !== next || readChoice.value !== read) return;
    batch(() => {
      info.value = found;
      notes.value = found.notes;
      parts.value = found.parts;
      if (chosenFor !== next) {
        chosenFor = next;
        const metric = found.atoms === undefined ? 'euclidean' : 'rmsd';
        fitChoice.value = { ...fitChoice.value, metric, sizing: undefined };
      } else {
        fitChoice.value = { ...fitChoice.value };
      }
      axes.value = found.cols === 2 ? [0, 1] : 'pca';
      news.value = `${found.name} is open`;
    });
  } catch (error) {
    if (file.value === next) {
      fail('file', error);
      tooLarge.value = (error as Error).name === 'MemoryLimitError';
      parts.value = (error as { parts?: Parts }).parts ?? parts.value;
    }
  } finally {
    if (file.value === next && work.value === 'open') work.value = undefined;
  }
}

export async function openExample(name: 'trajectory' | 'blobs' | 'embeddings'): Promise<void> {
  try {
    if (name !== 'trajectory') {
      await openFile(await desk.call('example', name));
      return;
    }
    const answer = await fetch('examples/alanine-dipeptide.h5');
    if (!answer.ok) throw new Error(`the example could not be loaded (${answer.status})`);
    await openFile(new File([await answer.blob()], 'alanine-dipeptide.h5'));
  } catch (error) {
    fail('file', error);
  }
}

export function closeFile(): void {
  if (work.value) void stop();
  batch(() => {
    file.value = undefined;
    info.value = undefined;
    notes.value = [];
    forecast.value = undefined;
    errors.value = {};
    work.value = undefined;
    clearTree();
  });
}

/** Whether a method is defined for the chosen metric. */
export function takes({ profiles, metric }: FitChoice, method: FitChoice['method']): boolean {
  return profiles || takesMetric(method, metric, true);
}

export function choose(change: Partial<FitChoice>): void {
  const next = { ...fitChoice.value, ...change };
  if (!takes(next, next.method)) next.method = usualMethod(next.metric, true);
  fitChoice.value = next;
}

// Update the forecast whenever the choices change.
let planned = 0;
effect(() => {
  const choice = fitChoice.value;
  if (!info.value) return;
  const turn = ++planned;
  void desk.call('forecast', choice).then(
    (found) => {
      if (turn !== planned) return;
      batch(() => {
        forecast.value = found;
        errors.value = { ...errors.value, plan: undefined };
      });
    },
    (error) => {
      if (turn !== planned) return;
      batch(() => {
        forecast.value = undefined;
        fail('plan', error);
      });
    },
  );
});

const pause = () => new Promise((resolve) => setTimeout(resolve));

/** Run the first pass. The previous results stay until the new tree is ready. */
export async function grow(): Promise<void> {
  if (work.value || !info.value) return;
  const choice = fitChoice.value;
  batch(() => {
    work.value = 'grow';
    progress.value = { phase: 'sample', done: 0, total: undefined, rate: 0, left: undefined };
    stopped.value = false;
    warnings.value = [];
    errors.value = { ...errors.value, work: undefined };
  });
  try {
    const found = await desk.call('grow', choice);
    const points = await desk.call('project', axes.value);
    // Work in steps, so that the browser can handle events between them.
    await pause();
    const tree = new Tree(found.linkage);
    await pause();
    const hints = suggest(tree);
    await pause();
    tree.labels(1);
    await pause();
    batch(() => {
      clearTree();
      grown.value = { ...found, choice, tree };
      suggestions.value = hints;
      cutHeight.value = tree.heightFor(hints[0]?.k ?? Math.min(2, tree.mostK));
      choosing.value = false;
      news.value = `The tree of ${found.sampleRows.length} rows is built and cut into ${k.value} clusters`;
    });
    await new Promise(requestAnimationFrame);
    await pause();
    projected.value = points;
    void judge(tree);
  } catch (error) {
    if (isStop(error)) stopped.value = true;
    else fail('work', error);
  } finally {
    work.value = undefined;
  }
}

/** Numbers of clusters for which silhouettes are computed. */
const JUDGED = 12;

/** Compute silhouettes in the background and add their suggestion when it is ready. */
async function judge(tree: Tree): Promise<void> {
  const ks: number[] = [];
  for (
    let next = tree.nextK(1, 1);
    next > 1 && next < tree.n && ks.length < JUDGED;
    next = tree.nextK(next, 1)
  ) {
    if (ks.includes(next)) break;
    ks.push(next);
  }
  if (ks.length < 2) return;
  try {
    const found = await desk.call('silhouettes', ks);
    if (!found || grown.value?.tree !== tree) return;
    suggestions.value = [
      ...suggestions.value,
      {
        k: found.k,
        name: 'silhouette',
        meaning: `Of the numbers tried, this one has the highest mean silhouette of the sample: ${found.mean.toFixed(2)} of at most 1.`,
      },
    ];
  } catch {
    // The suggestion is optional, so errors are not shown.
  }
}

/** Number of calls of stop(). Work that waited while it increased must not start. */
let stops = 0;

/** Stop the current work. Finished results and labels are kept. */
export async function stop(): Promise<void> {
  stops++;
  await desk.call('stop');
}

export async function chooseAxes(next: 'pca' | readonly [number, number]): Promise<void> {
  axes.value = next;
  if (!grown.value) return;
  try {
    const points = await desk.call('project', next);
    if (axes.value !== next) return;
    batch(() => {
      projected.value = points;
      if (cut.value && points.leaders) cut.value = { ...cut.value, points: points.leaders };
    });
  } catch (error) {
    fail('work', error);
  }
}

// --- the cut ---

export function setK(next: number): void {
  const tree = grown.value?.tree;
  if (tree) cutHeight.value = tree.heightFor(Math.max(1, Math.min(tree.mostK, next)));
}

export function stepK(step: 1 | -1): void {
  const tree = grown.value?.tree;
  if (tree) setK(tree.nextK(k.value, step));
}

let picking: Promise<void> = Promise.resolve();
/** Pick the leaders of the cut shown. Calls run one after the other. */
function pickLeaders(within?: 'label'): Promise<void> {
  const before = stops;
  const pick = async (): Promise<void> => {
    const leaders = leaderChoice.value;
    if (within && stops !== before) return;
    if (!grown.value || work.value !== within || currentCut.value) return;
    try {
      const found = await desk.call('cut', k.value, leaders);
      batch(() => {
        cut.value = { ...found, leaders };
        tally.value = undefined;
      });
    } catch (error) {
      if (!isStop(error)) fail('work', error);
    }
  };
  picking = picking.then(pick);
  return picking;
}

let timer: ReturnType<typeof setTimeout> | undefined;
effect(() => {
  const ready = grown.value && projected.value && !dragging.value && !work.value;
  const wanted = k.value;
  clearTimeout(timer);
  if (!ready || currentCut.value || wanted < 1) return;
  // Wait a moment, so that leaders are not picked for every number passed on the way.
  timer = setTimeout(() => void pickLeaders(), 180);
});

// Deselect a cluster that does not exist in the current cut.
effect(() => {
  if (selected.value !== undefined && selected.value > k.value) selected.value = undefined;
});

let asked = 0;
effect(() => {
  const cluster = selected.value;
  const now = currentCut.value;
  const turn = ++asked;
  if (cluster === undefined || !now) {
    profile.value = undefined;
    return;
  }
  void desk.call('profile', cluster).then(
    (found) => {
      if (turn === asked) profile.value = found;
    },
    () => {},
  );
});

// --- the second pass ---

/** Label every row. With `again`, continue after the last labelled row. */
export async function labelAll(again = false): Promise<void> {
  if (work.value || !grown.value) return;
  clearTimeout(timer);
  const picked = currentCut.value !== undefined;
  const before = stops;
  batch(() => {
    work.value = 'label';
    const phase = picked ? 'assign' : 'leaders';
    progress.value = {
      phase,
      done: 0,
      total: picked ? grown.value?.rows : k.value,
      rate: 0,
      left: undefined,
    };
    stopped.value = false;
    errors.value = { ...errors.value, work: undefined };
    if (!again) tally.value = undefined;
  });
  try {
    if (!picked) await pickLeaders('label');
    if (stops !== before) {
      stopped.value = true;
      return;
    }
    if (!currentCut.value) return;
    const found = await desk.call('label', again);
    batch(() => {
      tally.value = found;
      news.value = `All ${found.done} rows are labelled`;
    });
  } catch (error) {
    if (isStop(error)) stopped.value = true;
    else fail('work', error);
  } finally {
    work.value = undefined;
  }
}

// --- saving ---

export function baseName(): string {
  return (file.value?.name ?? 'data').replace(/\.[^.]+$/, '');
}

export const saving = signal<string | undefined>(undefined);
export const saved = signal<string[]>([]);

export async function save(kind: SaveKind | 'tree.png' | 'scatter.png'): Promise<void> {
  if (saving.value) return;
  const base = baseName();
  const names: Record<typeof kind, string> = {
    'labels.csv': `${base}-labels.csv`,
    'labels.npy': `${base}-labels.npy`,
    'labels.parquet': `${base}-labels.parquet`,
    model: `${base}-model.safetensors`,
    linkage: `${base}-linkage.npy`,
    'tree.svg': `${base}-tree.svg`,
    'scatter.svg': `${base}-scatter.svg`,
    'tree.png': `${base}-tree.png`,
    'scatter.png': `${base}-scatter.png`,
  };
  saving.value = kind;
  errors.value = { ...errors.value, save: undefined };
  try {
    if (!currentCut.value) await pickLeaders();
    const png = kind.endsWith('.png');
    const asked = (png ? kind.replace('png', 'svg') : kind) as SaveKind;
    const columns = axes.value === 'pca' ? undefined : axes.value;
    const blob = await desk.call('save', asked, theme.value, columns);
    download(png ? await rasterize(blob) : blob, names[kind]);
    saved.value = [...saved.value.filter((name) => name !== names[kind]), names[kind]];
    news.value = `${names[kind]} is saved`;
  } catch (error) {
    fail('save', error);
  } finally {
    saving.value = undefined;
  }
}

void desk.call('threads').then((found) => {
  threads.value = found;
});
