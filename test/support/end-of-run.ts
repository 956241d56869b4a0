type Step = () => unknown;

/** Jest loads set-up and tear-down separately, in one process. */
const kept = globalThis as { stepsAtEndOfRun?: Step[] };

/** Registers what to do when the run is over; the last one registered runs first. */
export function atEndOfRun(step: Step): void {
  (kept.stepsAtEndOfRun ??= []).push(step);
}

export async function endRun(): Promise<void> {
  for (const step of (kept.stepsAtEndOfRun ?? []).reverse()) await step();
}
