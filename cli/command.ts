/** What each command gets, and gives. */
import type { Command } from 'commander';
import type { Client } from '../clients/typescript/src/index';
import type { ExitCode } from './exit';
import type { Io, Output } from './output';
import type { Found } from './service';

export interface Context {
  client: Client;
  service: Found;
  output: Output;
  io: Io;
}

/** Runs a command's work with what the global options say. */
export type Do = <A extends unknown[]>(
  work: (context: Context, ...args: A) => Promise<ExitCode | void>,
) => (...args: A) => Promise<void>;

/** @param ends for what is done otherwise */
export type Add = (program: Command, does: Do, ends: (code: ExitCode) => void) => void;
