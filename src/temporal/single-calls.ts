import { WorkflowService, type ConnectionLike, type Metadata } from '@temporalio/client';
import { native } from '@temporalio/core-bridge';
import type { NativeConnection } from '@temporalio/worker';
import { extractNativeClient } from '@temporalio/worker/lib/connection';
import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * A native connection whose calls are made once each. On its own it waits a second before it asks a busy
 * server again, also if the server is busy for milliseconds only, while a workflow completes. Its callers
 * have their own, shorter pauses.
 */
export class SingleCalls implements ConnectionLike {
  readonly plugins = [];
  readonly workflowService: WorkflowService;
  readonly operatorService: ConnectionLike['operatorService'];
  private readonly deadlines = new AsyncLocalStorage<number>();

  constructor(private readonly connection: NativeConnection) {
    const client = extractNativeClient(connection);
    this.operatorService = connection.operatorService;
    this.workflowService = WorkflowService.create((method, data, done) => {
      const req = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      const call = { rpc: method.name, req, retry: false, metadata: {}, timeout: this.timeLeft() };
      native.clientSendWorkflowServiceRequest(client, call).then(
        (response) => done(null, response),
        (error: Error) => done(error),
      );
    });
  }

  ensureConnected(): Promise<void> {
    return this.connection.ensureConnected();
  }

  withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R> {
    return this.deadlines.run(Number(deadline), fn);
  }

  withMetadata<R>(metadata: Metadata, fn: () => Promise<R>): Promise<R> {
    return this.connection.withMetadata(metadata, fn);
  }

  withAbortSignal<R>(signal: AbortSignal, fn: () => Promise<R>): Promise<R> {
    return this.connection.withAbortSignal(signal, fn);
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private timeLeft(): number | null {
    const deadline = this.deadlines.getStore();
    return deadline === undefined ? null : Math.max(0, deadline - Date.now());
  }
}
