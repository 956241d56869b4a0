/** The command line: what is typed to a command, its end to an exit code. */
import { Command, CommanderError } from 'commander';
import { Client } from '../clients/typescript/src/index';
import { addDoctor } from './commands/doctor';
import { addExplain } from './commands/explain';
import { addImport } from './commands/import';
import { addKeys } from './commands/keys';
import { addReconcile } from './commands/reconcile';
import { addSend } from './commands/send';
import { addShow } from './commands/show';
import { addWatch } from './commands/watch';
import { addWebhooks } from './commands/webhooks';
import { addWhatIf } from './commands/what-if';
import type { Add, Context, Do } from './command';
import { codeOf, EXIT, hintOf, type ExitCode } from './exit';
import { Output, type Io } from './output';
import { serviceOf, type Given } from './service';

/** For a person who waits at a terminal; a service that is starting gets its time. */
const PATIENCE_MS = 5_000;
const COMMANDS: Add[] = [
  addDoctor,
  addSend,
  addShow,
  addWatch,
  addExplain,
  addWhatIf,
  addKeys,
  addWebhooks,
  addImport,
  addReconcile,
];

/** @returns the exit code */
export async function run(args: string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = new Command('conversation-status')
    .description('Looks at a running service, and acts on it, over its HTTP API.')
    .option('--url <url>', 'where the API is (API_URL; else as npm start keeps it in DATA_DIR)')
    .option('--key <key>', 'the API key (API_KEY; else as npm start keeps it in DATA_DIR)')
    .option('--json', 'print JSON, for programs')
    .addHelpText(
      'after',
      '\nExit codes: 0 ok, 1 refused or wrong, 2 not valid, 3 not reachable, 4 not allowed.',
    );
  const does: Do =
    (work) =>
    async (...given) => {
      code = (await work(contextOf(program.opts(), io), ...given)) ?? EXIT.ok;
    };
  for (const add of COMMANDS) add(program, does, (ended) => (code = ended));
  quiet(program, io);
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (io.signal.aborted) return EXIT.ok;
    tell(error, io, program.opts<{ json?: boolean }>().json === true);
    return codeOf(error);
  }
}

function contextOf({ json, ...given }: Given & { json?: boolean }, io: Io): Context {
  const service = serviceOf(given, io.env);
  const client = new Client({ ...service, patience_ms: PATIENCE_MS });
  return { client, service, output: new Output(io, json === true), io };
}

/** Commander says what is wrong with what was typed; it must not end the process. */
function quiet(command: Command, io: Io): void {
  const said = (write: (line: string) => void) => (text: string) => write(text.replace(/\n$/, ''));
  command.exitOverride().configureOutput({ writeOut: said(io.out), writeErr: said(io.err) });
  for (const each of command.commands) quiet(each, io);
}

function tell(error: unknown, io: Io, isJson: boolean): void {
  const { message, name, ...fields } = Object(error) as Error & { problem?: object };
  const hint = hintOf(error);
  if (isJson)
    io.err(JSON.stringify({ error: name, message, ...(fields.problem && { problem: fields.problem }) }));
  else io.err(hint === undefined ? message : `${message}\n${hint}`);
}
