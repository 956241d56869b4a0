import { STATUS, type Status } from '../model/words.ts';

/** A shape for each, so that a status is never told by its colour alone. */
const SHAPES: Record<Status, string> = {
  not_contacted: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Zm0 1.6a4.4 4.4 0 1 1 0 8.8 4.4 4.4 0 0 1 0-8.8Z',
  new: 'M8 1.5 10 6l4.8.5-3.6 3.2 1.1 4.8L8 12l-4.3 2.5 1.1-4.8L1.2 6.5 6 6Z',
  in_progress: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Zm0 1.600v8.800a4.400 4.400 0 0 1 0-8.800Z',
  in_flow: 'M5 2h6v4h3L8 14 2 6h3Z',
  resolved: 'M2 3h12v8H8l-3.500 3v-3H2Zm2 2v1.500h8V5Zm0 2.700v1.500h5V7.700Z',
  closed: 'M13.600 4.300 6.300 12.400 2.400 8.600 3.700 7.300l2.500 2.400 6-6.700Z',
};

export function StatusMark({ status }: { status: Status }) {
  return (
    <svg class={`mark ${status}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={SHAPES[status]} fill-rule="evenodd" />
    </svg>
  );
}

export function StatusName({ status }: { status: Status }) {
  return (
    <span class={`status ${status}`}>
      <StatusMark status={status} /> {STATUS[status]}
    </span>
  );
}
