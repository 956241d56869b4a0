import { DefaultPayloadConverter, type Payload } from '@temporalio/common';

/**
 * What nobody can decode reads as undefined. Decoding happens before a signal's handler is called, so an error there would
 * fail the workflow task, again and again, and no later event of the conversation would be looked at.
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
