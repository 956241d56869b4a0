import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import path from 'node:path';
import { temporalProgram } from '../../../src/embedded/temporal-program';
import { createLogger } from '../../../src/runtime/log';
import { SEARCH_ATTRIBUTES } from '../../../src/temporal/contract';

const cacheDir = path.join(__dirname, '..', '..', '..', '.cache');

/**
 * A real Temporal server that suggests continue-as-new when a history has this many events; other dynamic
 * configuration may be added. Close it with `teardown()`.
 */
export function serverOfShortHistories(
  events: number,
  limits: Record<string, number> = {},
): Promise<TestWorkflowEnvironment> {
  return serverOfItsOwn({ 'limit.historyCount.suggestContinueAsNew': events, ...limits });
}

/** A real Temporal server that no other test uses. Close it with `teardown()`. */
export async function serverOfItsOwn(config: Record<string, number> = {}): Promise<TestWorkflowEnvironment> {
  const program = await temporalProgram(cacheDir, createLogger('warn'));
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: program },
      searchAttributes: Object.values(SEARCH_ATTRIBUTES).map((name) =>
        defineSearchAttributeKey(name, SearchAttributeType.KEYWORD),
      ),
      log: { format: 'pretty', level: 'never' },
      extraArgs: Object.entries(config).flatMap(([name, n]) => ['--dynamic-config-value', `${name}=${n}`]),
    },
  });
}
