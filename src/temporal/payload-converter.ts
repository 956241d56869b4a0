import { DefaultPayloadConverter, type Payload } from '@temporalio/common';

/**
 * A payload that cannot be decoded reads as undefined. The SDK decodes before it calls a signal's handler. An
 * error there would fail the workflow task again and again, and no later event of the conversation would be
 * decided.
 */
class ForgivingPayloadConverter extends DefaultPayloadConverter {
  override fromPayload<T>(payload: Payload): T {
    try {
      return super.fromPayload(payload);
    } catch {
      return undefined as T;
    }
  }
}

/** Loaded by the worker, in and outside of the sandbox, by this name. */
export const payloadConverter = new ForgivingPayloadConverter();
