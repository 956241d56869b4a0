interface Props<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [value: T, label: string])[];
  take: (value: T) => void;
}

/** One of some. */
export function Choice<T extends string>({ label, value, options, take }: Props<T>) {
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={(event) => take(event.currentTarget.value as T)}>
        {options.map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
