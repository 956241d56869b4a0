type Step = () => unknown;

/** Jest loads set-up and tear-down apart from each other, in one process. */
const kept = globalThis as { stepsAtEndOfRun?: Step[] };

/** Has something done when the run is over; the last registered comes first. */
export function atEndOfRun(step: Step): void {
  (kept.stepsAtEndOfRun ??= []).push(step);
}

export async function endRun(): Promise<void> {
  for (const step of (kept.stepsAtEndOfRun ?? []).reverse()) await step();
}
