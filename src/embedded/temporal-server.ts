import { Connection } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { existsSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { Logger } from '../runtime/log';
import { OperatorError, reason } from '../runtime/operator-error';
import { endLeftover, startChild, type Child } from './child';
import type { DataFolder } from './data-folder';
import { freePort, isOpen } from './ports';
import { writePrivateFile } from './private-file';
import { temporalProgram } from './temporal-program';

export interface EmbeddedTemporal extends Pick<Child, 'exited' | 'lastLines' | 'stop'> {
  /** host:port for clients and workers. */
  readonly address: string;
  /** The Web UI's base URL, without a slash at its end. */
  readonly uiUrl: string;
}

export interface TemporalOptions {
  readonly folder: DataFolder;
  /** The folder where the server program is installed. */
  readonly cacheDir: string;
  readonly namespace: string;
  /** Search attributes of type Keyword. Every start registers them; to repeat that changes nothing. */
  readonly keywords: readonly string[];
  readonly logger: Logger;
  /** Called with the server's process as soon as it exists, long before it answers. */
  readonly onChild?: (child: Child) => void;
  /** Ports to take if they are free; else any others. */
  readonly preferredPorts?: { readonly grpc: number; readonly ui: number };
  /** The server's dynamic configuration; it overrides `limits`. */
  readonly dynamicConfig?: Readonly<Record<string, string | number>>;
}

/**
 * The server's default limits protect a shared cluster from its tenants. Here there is one tenant and one
 * machine, and only the machine is the limit. Per second.
 */
const limits = {
  'frontend.rps': 100_000,
  'frontend.namespaceRPS': 100_000,
  'frontend.namespaceRPS.visibility': 10_000,
  'frontend.persistenceMaxQPS': 100_000,
  'history.rps': 100_000,
  'history.persistenceMaxQPS': 100_000,
  'matching.rps': 100_000,
  'matching.persistenceMaxQPS': 100_000,
  /**
   * How often a shard looks for new tasks. With the default of 20 and one shard, a signal waits up to 50 ms
   * for its task.
   */
  'history.transferProcessorMaxPollRPS': 100,
};

const MIB = 1024 ** 2;

/**
 * At 70 events a second, Go's collector takes all processors for 200 to 400 ms every 3 s, and all work waits.
 * So the heap may grow to 21 times what is in use, but not past an eighth of the machine's memory or 512 MiB:
 * then all that `npm start` runs stays below 1.2 GB.
 */
const collectSeldom = {
  GOGC: '2000',
  GOMEMLIMIT: `${Math.min(512, Math.floor(totalmem() / 8 / MIB))}MiB`,
};

const startTimeoutMs = 30_000;
const attempts = 3;

/**
 * Starts Temporal's development server and waits until it answers. It keeps its data in a file in the data
 * folder, durably (write-ahead log, full sync), and listens on the loopback address.
 * @throws OperatorError when the program cannot be installed; with the server's last lines when it does not
 * start
 */
export async function startTemporal(options: TemporalOptions): Promise<EmbeddedTemporal> {
  const { folder, logger } = options;
  if (await endLeftover(folder, 'temporal'))
    logger.warn('Ended a Temporal server that an earlier start left behind');
  const program = await temporalProgram(options.cacheDir, logger);

  for (let attempt = 1; ; attempt++) {
    dropHalfMadeStore(folder);
    const port = await freePort(attempt === 1 ? options.preferredPorts?.grpc : 0);
    const uiPort = await freePort(attempt === 1 ? options.preferredPorts?.ui : 0);
    const child = startChild({
      name: 'temporal',
      folder,
      command: program,
      args: argumentsFor(options, port, uiPort),
      env: { ...collectSeldom, ...process.env },
    });
    options.onChild?.(child);
    const [address, ui] = [`127.0.0.1:${port}`, `127.0.0.1:${uiPort}`];
    const problem = await untilReady(child, { address, ui }, options);
    if (problem === undefined) {
      writePrivateFile(folder.at('temporal.whole'), '');
      return { address, uiUrl: `http://${ui}`, ...child };
    }
    await child.stop();
    // Another process took a port after we had found it free: ours, or one of the server's internal ones.
    const portTaken = child.lastLines(20).includes('address already in use');
    if (!portTaken || attempt === attempts) {
      throw new OperatorError(`Temporal did not start: ${problem}. Its last lines:\n${child.lastLines()}`);
    }
  }
}

/**
 * A server that is killed while it makes a new store leaves a part of one, which it later takes for complete.
 * There was no data in it yet.
 */
function dropHalfMadeStore(folder: DataFolder): void {
  if (existsSync(folder.at('temporal.whole'))) return;
  for (const suffix of ['', '-wal', '-shm']) rmSync(folder.at(`temporal.db${suffix}`), { force: true });
}

function argumentsFor(
  { folder, namespace, keywords, dynamicConfig }: TemporalOptions,
  port: number,
  uiPort: number,
): string[] {
  const flags = {
    '--ip': ['127.0.0.1'],
    '--port': [String(port)],
    '--ui-port': [String(uiPort)],
    '--namespace': [namespace],
    '--db-filename': [folder.at('temporal.db')],
    '--sqlite-pragma': ['journal_mode=wal', 'synchronous=full'],
    '--search-attribute': keywords.map((name) => `${name}=Keyword`),
    '--dynamic-config-value': Object.entries({ ...limits, ...dynamicConfig }).map(
      ([key, value]) => `${key}=${value}`,
    ),
    '--log-level': ['error'],
  };
  const list = Object.entries(flags).flatMap(([flag, values]) => values.flatMap((value) => [flag, value]));
  return ['server', 'start-dev', '--ui-disable-news-fetch', ...list];
}

/**
 * Undefined once the server knows the search attributes, the last step of its start; else what went wrong.
 */
async function untilReady(
  child: Child,
  { address, ui }: { address: string; ui: string },
  options: TemporalOptions,
): Promise<string | undefined> {
  const end = Date.now() + startTimeoutMs;
  let last = 'no answer';
  while (Date.now() < end) {
    if (!child.isRunning()) return child.exited;
    // A client that is refused waits a second before it tries again, so wait until the port is open.
    if ((await isOpen(address)) && (await isOpen(ui))) {
      last = await missingFrom(address, options);
      if (last === '') return undefined;
    }
    await sleep(20);
  }
  return last;
}

/**
 * What a server does not know or answer yet, in words; empty if it has the namespace with these search
 * attributes.
 */
export async function missingFrom(
  address: string,
  { namespace, keywords }: Pick<TemporalOptions, 'namespace' | 'keywords'>,
): Promise<string> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 2_000 });
    try {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      const missing = keywords.filter((name) => !(name in customAttributes));
      return missing.length === 0 ? '' : `the search attributes ${missing.join(', ')} are missing`;
    } finally {
      await connection.close();
    }
  } catch (error) {
    return reason(error);
  }
}
