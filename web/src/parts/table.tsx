import type { ComponentChildren } from 'preact';

interface Props {
  /** what it shows, for those who do not see it */
  label: string;
  /** of each column; `{ unseen }` where what is below says enough to those who see it */
  heads: (string | { unseen: string })[];
  /** its rows */
  children: ComponentChildren;
}

/** A table that scrolls sideways within its frame where it is wider than the page, also by keys. */
export function Table({ label, heads, children }: Props) {
  return (
    <div class="wide" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {heads.map((head) =>
              typeof head === 'string' ? (
                <th key={head} scope="col">
                  {head}
                </th>
              ) : (
                <th key={head.unseen} scope="col">
                  <span class="hidden">{head.unseen}</span>
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
