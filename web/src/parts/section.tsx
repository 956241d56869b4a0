import type { ComponentChildren } from 'preact';

/** A part of a view, under its heading. */
export function Section(props: { title: string; about?: string; children: ComponentChildren }) {
  return (
    <section class="section" aria-label={props.title}>
      <h2>{props.title}</h2>
      {props.about && <p class="quiet">{props.about}</p>}
      {props.children}
    </section>
  );
}

export function Tiles({ children }: { children: ComponentChildren }) {
  return <div class="tiles">{children}</div>;
}

/** A number with what it means. */
export function Tile(props: {
  name: string;
  means: string;
  /** undefined: not known yet */
  value: string | undefined;
  isBad?: boolean;
  children?: ComponentChildren;
}) {
  return (
    <section class={props.isBad ? 'tile bad' : 'tile'} aria-label={props.name}>
      <h2>{props.name}</h2>
      <p class="number">{props.value ?? '…'}</p>
      <p class="quiet">{props.means}</p>
      {props.children}
    </section>
  );
}
