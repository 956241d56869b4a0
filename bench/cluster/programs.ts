/** Temporal's own server, as a cluster runs it. It is built once, if Go is installed. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const VERSION = '1.32.0';
const SOURCES = { server: 'go.temporal.io/server/cmd/server', sql: 'go.temporal.io/server/cmd/tools/sql' };

export interface ClusterPrograms {
  server: string;
  /** the folder of `temporal-sql-tool` */
  bin: string;
}

/** @throws when they are not built yet and Go is not installed */
export async function clusterPrograms(
  cacheDir: string,
  say: (what: string) => void,
): Promise<ClusterPrograms> {
  const bin = path.resolve(cacheDir, `temporal-cluster-${VERSION}`);
  const programs = { server: path.join(bin, 'temporal-server'), sql: path.join(bin, 'temporal-sql-tool') };
  mkdirSync(bin, { recursive: true });
  if (!existsSync(programs.sql)) await build(SOURCES.sql, bin, programs.sql, say);
  if (!existsSync(programs.server)) await build(SOURCES.server, bin, programs.server, say);
  return { server: programs.server, bin };
}

async function build(source: string, bin: string, as: string, say: (what: string) => void): Promise<void> {
  say(`building ${path.basename(as)} ${VERSION} with Go: some minutes, once`);
  const made = path.join(bin, path.basename(source));
  try {
    await promisify(execFile)('go', ['install', `${source}@v${VERSION}`], {
      env: { ...process.env, GOBIN: bin },
      maxBuffer: 10_000_000,
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`the cluster set-up builds ${source} with Go, which failed: ${why}`);
  }
  renameSync(made, as);
}
