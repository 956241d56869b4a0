import type { Which } from './redelivery.ts';

/** All that was decided in a time, once more. */
export function Redeliver({ redeliver }: { redeliver: (which: Which) => Promise<void> }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => {
      const value = given.get(name);
      return typeof value === 'string' ? value : '';
    };
    const at = (name: string) => new Date(text(name)).toISOString();
    const state = text('state');
    void redeliver({
      from: at('from'),
      to: at('to'),
      ...((state === 'delivered' || state === 'parked') && { state }),
    });
  };
  return (
    <details>
      <summary>Deliver a range again</summary>
      <form class="range" onSubmit={submit}>
        <label>
          Decided from
          <input name="from" type="datetime-local" required />
        </label>
        <label>
          until
          <input name="to" type="datetime-local" required />
        </label>
        <label>
          Which
          <select name="state">
            <option value="parked">Parked</option>
            <option value="delivered">Delivered</option>
            <option value="">All</option>
          </select>
        </label>
        <button>Deliver again</button>
      </form>
    </details>
  );
}
