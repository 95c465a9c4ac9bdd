/**
 * The types of the kernels, generated from assembly/: the exports of each module, with the names of their arguments. So a wrong
 * name, order or number of arguments fails the type check, and a search for a kernel finds every call.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The file of the signatures. */
const SIGNATURES = 'src/runtime/kernels/signatures.ts';
/** The file of the names of linkage methods. */
const METHODS = 'src/runtime/kernels/methods.ts';

const ENTRIES = { CoreKernels: 'assembly/index.ts', ExtraKernels: 'assembly/extra.ts' };

/** The exports of an entry of assembly/: each name with the file that declares it, and its name there. */
function exportsOf(entry) {
  const found = new Map();
  for (const [, names, from] of readFileSync(entry, 'utf8').matchAll(/export \{([^}]*)\} from '([^']+)'/g)) {
    const file = `${path.posix.join(path.posix.dirname(entry), from)}.ts`;
    for (const one of names.split(',').map((part) => part.trim())) {
      const [name, as = name] = one.split(' as ');
      if (name) found.set(as, { file, name });
    }
  }
  return found;
}

/** The type of an argument: a number, which a call may leave open if its name says what it is. */
function typeOf(parameter) {
  if (/^begin$|Begin$/.test(parameter)) return 'Begin';
  if (/^end$|End$/.test(parameter)) return 'End';
  if (/^(?:scratch|scratchPtr|productsPtr)$/.test(parameter)) return 'OwnScratch';
  return { thread: 'Thread', team: 'Team' }[parameter] ?? 'number';
}

/** A function as TypeScript declares it, under the name of its export. */
function signatureOf(file, name, as) {
  const match = new RegExp(`export function ${name}\\(([^)]*)\\)\\s*:\\s*(\\w+)`).exec(
    readFileSync(file, 'utf8'),
  );
  if (!match) throw new Error(`${file} declares no function ${name}`);
  const parameters = match[1]
    .split(',')
    .map((one) => one.split(':')[0].trim())
    .filter(Boolean);
  const result = match[2] === 'void' ? 'void' : 'number';
  return `${as}(${parameters.map((one) => `${one}: ${typeOf(one)}`).join(', ')}): ${result};`;
}

/** The text of the file. */
function signatures() {
  const parts = Object.entries(ENTRIES).map(([type, entry]) => {
    const groups = new Map();
    for (const [as, { file, name }] of exportsOf(entry)) {
      if (!groups.has(file)) groups.set(file, [`  // ${file}`]);
      groups.get(file).push(`  ${signatureOf(file, name, as)}`);
    }
    const lines = [...groups.values()].flat().join('\n');
    return `/** What ${entry} exports. */\nexport interface ${type} {\n${lines}\n}\n`;
  });
  return `/** The kernels and their arguments. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited. */\nimport type { Begin, End, OwnScratch, Team, Thread } from './open-arguments.ts';\n\n${parts.join('\n')}`;
}

/** Constants that host and kernels share: files of src/, and of which files of assembly/ they are the constants, or some. */
const CONSTANTS = {
  'src/runtime/kernels/constants.ts': {
    'assembly/lib/status.ts': undefined,
    'assembly/lib/barrier.ts': ['EMERGENCY'],
    'assembly/assign/few.ts': ['FEW_COLUMNS'],
    'assembly/graph/components.ts': ['FIRST'],
    'assembly/kmeans/centroids.ts': ['SEED_BLOCK', 'SEED_LANES'],
    'assembly/sequences/hamming.ts': ['ONE_PLACE', 'TWO_PLACES', 'ALL_PAIRS', 'DELETION'],
    'assembly/sequences/sizes.ts': ['CLASS_WORDS', 'TASK_WORDS'],
    'assembly/linkage/ordering-sizes.ts': ['SPAN_WORDS'],
  },
  'src/runtime/kernels/families.ts': { 'assembly/distance/families.ts': undefined },
  'src/runtime/kernels/markov-plan.ts': { 'assembly/graph/markov-plan.ts': undefined },
  'src/runtime/kernels/linear-table.ts': { 'assembly/linkage/linear/table.ts': undefined },
};

/** What stands at the top of each. */
const HEAD =
  'Numbers that host and kernels share. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited.';

/** The constants of a file, each with the comment before it. */
function constantsOf(file, names) {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/((?:^\/\*\*? [^\n]* \*\/\n)*)^export const (\w+): \w+ = (-?[\w.]+);$/gm);
  const constants = [...found].filter(([, , name]) => names === undefined || names.includes(name));
  if (constants.length < (names ?? [1]).length) throw new Error(`${file} lacks some of ${names}`);
  return constants.map(([, comment, name, value]) => `${comment}export const ${name} = ${value};\n`).join('');
}

/** The formulas that other files of formulas use. */
const SHARED = 'src/runtime/kernels/sizes.ts';

/** Formulas that host and kernels share: whole files, of arithmetic that both languages do alike. */
const SIZES = {
  [SHARED]: [
    'assembly/lib/sizes.ts',
    'assembly/distance/sizes.ts',
    'assembly/assign/sizes.ts',
    'assembly/linkage/matrix/sizes.ts',
    'assembly/linkage/single/sizes.ts',
  ],
  // Each of these is loaded with the code that uses it.
  'src/runtime/kernels/linear-sizes.ts': ['assembly/linkage/linear/sizes.ts'],
  'src/runtime/kernels/ordering-sizes.ts': ['assembly/linkage/ordering-sizes.ts'],
  'src/runtime/kernels/kmeans-sizes.ts': ['assembly/kmeans/sizes.ts'],
  'src/runtime/kernels/hamming-sizes.ts': ['assembly/sequences/sizes.ts'],
};

/** A file of formulas as TypeScript. */
function formulasOf(file) {
  const text = readFileSync(file, 'utf8')
    .replace(/^\/\*\*[\s\S]*?\*\/\n/, '')
    .replaceAll(/^import [\s\S]*?;\n/gm, '')
    .replaceAll('@inline\n', '')
    .replaceAll(/(\b(?:const|let) \w+): u32/g, '$1')
    .replaceAll(': u32', ': number')
    // The only division: of whole numbers, whose rest is dropped.
    .replace('return x / by;', 'return Math.floor(x / by);')
    .replaceAll(/\b(min|max)<u32>/g, 'Math.$1');
  const wrong = /u32|usize|i32|f64|<<|>>|[|~^]|(?<!&)&(?!&)|==/.exec(
    text.replaceAll(/\/\*[\s\S]*?\*\//g, ''),
  );
  if (wrong) throw new Error(`${file}: ${wrong[0]} is not what the host does alike`);
  return `\n/* From ${file}. */\n\n${text.trim()}\n`;
}

/** The names of the functions that a text exports. */
const functionsOf = (text) => [...text.matchAll(/^export function (\w+)/gm)].map(([, name]) => name);

/** Formulas with numbers in place of their constants: a bundler would keep these as variables. */
function folded(text) {
  const known = new Map();
  const number = (code) => code.replaceAll(/\b[A-Z][A-Z_]+\b/g, (name) => known.get(name) ?? name);
  const formulas = text.replaceAll(
    /(?:^\/\*\*? [^\n]* \*\/\n)?^(?:export )?const (\w+) = ([^;]+);\n/gm,
    (_, name, value) => {
      const sum = number(value);
      if (!/^[\d +*()-]+$/.test(sum)) throw new Error(`${name} = ${sum} is not made of constants before it`);
      known.set(name, new Function(`return ${sum}`)());
      return '';
    },
  );
  return number(formulas).replaceAll(/\n{3,}/g, '\n\n');
}

/** The list of linkage methods: the place of a name is the number that kernels know. */
function methods() {
  const from = 'assembly/linkage/lance-williams.ts';
  const numbers = [...readFileSync(from, 'utf8').matchAll(/^export const (\w+): i32 = (\d+);$/gm)];
  numbers.forEach(([, name, number], i) => {
    if (Number(number) !== i) throw new Error(`${from}: ${name} is ${number}, but stands in line for ${i}`);
  });
  const names = numbers.map(([, name]) => `'${name.toLowerCase()}'`);
  return `/** ${HEAD} */\n\n/* From ${from}: the place of a name is the number that kernels know. */\n\n/** Linkage methods. */\nexport const METHOD_NAMES = [${names.map((name) => `\n  ${name},`).join('')}\n] as const;\n`;
}

/** All generated files, with their text. */
export function generated() {
  const files = { [SIGNATURES]: signatures(), [METHODS]: methods() };
  for (const [file, from] of Object.entries(CONSTANTS)) {
    const parts = Object.entries(from).map(
      ([one, names]) => `\n/* From ${one}. */\n\n${constantsOf(one, names)}`,
    );
    files[file] = `/** ${HEAD} */\n${parts.join('')}`;
  }
  for (const [file, from] of Object.entries(SIZES)) {
    const text = folded(from.map(formulasOf).join(''));
    const others =
      file === SHARED ? [] : functionsOf(files[SHARED]).filter((name) => text.includes(`${name}(`));
    const line = others.length > 0 ? `import { ${others.join(', ')} } from './sizes.ts';\n` : '';
    files[file] = `/** ${HEAD} */\n${line}${text}`;
  }
  return files;
}

/** Write the files that have changed. */
export function writeGenerated() {
  for (const [file, text] of Object.entries(generated())) {
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
  }
}
