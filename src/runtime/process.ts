import closeWithGrace from 'close-with-grace';
import { setFlagsFromString } from 'node:v8';
import type { Environment } from './config';
import { createLogger, type Logger } from './log';
import { OperatorError } from './operator-error';
import { StopOrder } from './stop-order';

/** What a process's root gives to the functions that start its parts. */
export interface Root {
  readonly logger: Logger;
  /** Every part that is started registers here how to stop it. */
  readonly stopOrder: StopOrder;
  /** Ends the process with code 1, as cleanly as possible, because a part that it needs is gone. */
  readonly fail: (error: unknown) => void;
}

/** A supervisor usually waits 10 s. */
const stopWithinMs = 9_500;
/** Ctrl-C in a terminal reaches us directly and again through npm and tsx. That is one request, not two. */
const sameWishMs = 1_000;

/**
 * Runs a process from its variables to its end: reads the configuration, starts the parts, and stops them in
 * order on SIGINT, SIGTERM, SIGHUP or a failure. If the operator can mend the failure, it prints plain lines
 * on standard error; the exit code is 1.
 */
export async function runRoot<C extends { readonly logLevel: string }>(
  readConfig: (env: Environment) => C,
  start: (config: C, root: Root) => Promise<void>,
): Promise<void> {
  collectSeldom();
  let config: C;
  try {
    config = readConfig(process.env);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    tell(error);
    process.exit(1);
  }
  const logger = createLogger(config.logLevel);
  const stopOrder = new StopOrder(logger);
  const { close } = closeWithGrace(
    { delay: stopWithinMs, logger: false, skip: ['SIGINT', 'SIGTERM', 'SIGHUP'] },
    async ({ err }) => {
      if (err) logger.fatal({ err }, 'The process stops: an error nobody caught');
      await stopOrder.stopAll();
      if (!err) process.exit(); // with process.exitCode, which it would overlook
    },
  );
  const fail = (error: unknown) => {
    if (stopOrder.stopping) return; // what is being stopped may well complain
    process.exitCode = 1;
    if (error instanceof OperatorError) tell(error);
    else logger.fatal({ err: error }, 'The process stops');
    close();
  };
  onStopSignal(close, stopOrder, logger);
  try {
    await start(config, { logger, stopOrder, fail });
  } catch (error) {
    fail(error);
  }
}

/**
 * By default V8 marks the whole heap again when it has grown by some tenths, here every few seconds. That
 * takes all processors for a tenth of a second, and events wait. So the heap may double between two
 * collections.
 */
export function collectSeldom(): void {
  setFlagsFromString('--heap-growing-percent=100');
}

function onStopSignal(close: () => void, stopOrder: StopOrder, logger: Logger): void {
  let first: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    first ??= Date.now();
    if (!stopOrder.stopping) {
      logger.info({ signal }, 'Stopping');
      close();
    } else if (Date.now() - first > sameWishMs) {
      process.exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}

function tell(error: OperatorError): void {
  process.stderr.write(`${error.message}\n`);
}
