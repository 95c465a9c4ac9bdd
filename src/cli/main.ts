#!/usr/bin/env node
/** The command line: finds the command, runs it in a session, and reports an error in one line. */

import { Command, CommanderError } from 'commander';
import { addAssign, assign } from './commands/assign.ts';
import {
  addBatchAdd,
  addBatchClean,
  addBatchTrain,
  batchAdd,
  batchClean,
  batchTrain,
} from './commands/batch.ts';
import { addBatchClusters, batchClusters } from './commands/batch-clusters.ts';
import { addBatchRun, batchRun } from './commands/batch-run.ts';
import { addCluster, cluster } from './commands/cluster.ts';
import { addCutCommand, cut } from './commands/cut.ts';
import { addDendrogram, dendrogram } from './commands/dendrogram.ts';
import { addDescribe, describeClusters } from './commands/describe.ts';
import { addHeatmap, heatmap } from './commands/heatmap.ts';
import { addInfo, info } from './commands/info.ts';
import { addKMeans, kmeans } from './commands/kmeans.ts';
import { addLinkage, linkage } from './commands/linkage.ts';
import { addPlan, plan } from './commands/plan.ts';
import { joinAtoms } from './flags/values.ts';
import { exitCodeOf, messageOf } from './terminal/errors.ts';
import { Session } from './terminal/session.ts';
import { printable } from './terminal/text.ts';
import { version } from './terminal/version.ts';

/** The action of a command. `input` is an array if the command takes several inputs. */
type Run<I, F> = (session: Session, input: I, flags: F) => Promise<void>;

/** Whether the stack of an error is wanted. Deno may not be allowed to look at the environment. */
function isDebugging(): boolean {
  try {
    return process.env.COPPICE_DEBUG === '1';
  } catch {
    return false;
  }
}

function say(error: unknown): void {
  process.stderr.write(`coppice: ${messageOf(error)}\n`);
  if (isDebugging() && error instanceof Error) {
    process.stderr.write(`${printable(error.stack ?? '')}\n`);
    if (error.cause !== undefined) console.error('caused by', error.cause);
  }
}

/** The parser's error as one line. The parser writes 'error: ...' and puts a suggestion on a line of its own. */
function parserLine(text: string, command: string): string {
  const line = text
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  return `coppice: ${line} (see ${command} --help)\n`;
}

function addCommands(program: Command): void {
  const command = <I, F extends { json?: boolean }>(
    name: string,
    describe: (command: Command) => Command,
    run: Run<I, F>,
  ) => {
    describe(program.command(name)).action(async (input: I, flags: F) => {
      const session = new Session(flags.json === true);
      await session.within(() => run(session, input, flags));
    });
  };
  program.commandsGroup('Data of any size:');
  command('cluster', addCluster, cluster);
  command('kmeans', addKMeans, kmeans);
  command('assign', addAssign, assign);
  addBatch(program);
  command('describe', addDescribe, describeClusters);
  command('plan', addPlan, plan);
  command('info', addInfo, info);
  program.commandsGroup('Trees, of data that fit in memory:');
  command('linkage', addLinkage, linkage);
  command('cut', addCutCommand, cut);
  command('dendrogram', addDendrogram, dendrogram);
  command('heatmap', addHeatmap, heatmap);
}

/** `coppice batch` and its subcommands, some of which take no input. */
function addBatch(program: Command): void {
  const batch = program
    .command('batch')
    .description(
      'Cluster data in batches: rows are divided into preclusters on disk, then each precluster is clustered',
    )
    .helpCommand('help [command]', 'print help')
    .addHelpText(
      'after',
      `
Example:
  $ coppice batch run sequences.tsv --column junction_aa --method mcl --inflation 1.2 --out clusters.csv

'coppice batch run --help' describes that command.`,
    );
  const command = <A extends unknown[], F extends { json?: boolean }>(
    name: string,
    describe: (command: Command) => Command,
    run: (session: Session, ...args: [...A, F]) => Promise<void>,
  ) => {
    describe(batch.command(name)).action(async (...args: [...A, F, Command]) => {
      const given = args.slice(0, -1) as [...A, F];
      const session = new Session((given.at(-1) as F).json === true);
      await session.within(() => run(session, ...given));
    });
  };
  batch.commandsGroup('In one go:');
  command('run', addBatchRun, batchRun);
  batch.commandsGroup('Step by step:');
  command('train', addBatchTrain, batchTrain);
  command('add', addBatchAdd, batchAdd);
  command('clusters', addBatchClusters, batchClusters);
  command('clean', addBatchClean, batchClean);
}

function createProgram(): Command {
  const program = new Command('coppice')
    .description('Clustering of data that does not fit in memory')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help')
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .addHelpText(
      'after',
      `
Example:
  $ coppice cluster trajectory.h5 --clusters 3 --stride 5 --metric rmsd --out labels.npy

An output named - goes to standard output; then the summary goes to stderr.
Exit codes: 0 done, 1 the work failed, 2 the command line is wrong, 130 interrupted (SIGINT), 143 SIGTERM, 129 SIGHUP.
'coppice cluster --help' describes that command.`,
    );
  program.configureOutput({
    outputError: (text, write) => {
      const name = program.commands.find((c) => c.name() === process.argv[2])?.name();
      write(parserLine(text, name ? `coppice ${name}` : 'coppice'));
    },
  });
  addCommands(program);
  return program;
}

async function main(argv: readonly string[]): Promise<void> {
  // A reader may close the pipe early (`| head`): that is no error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  process.on('uncaughtException', (error) => {
    say(error);
    process.exit(1);
  });
  try {
    await createProgram().parseAsync(joinAtoms(argv), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // The parser has printed the message already.
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    say(error);
    process.exitCode = exitCodeOf(error);
  }
}

await main(process.argv.slice(2));
