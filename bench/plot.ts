/** Charts as SVG files. */

/** A line of a chart: its points in the order of x. */
export interface Series {
  name: string;
  points: { x: number; y: number }[];
}

export async function plot(
  title: string,
  axes: { x: string; y: string; log?: boolean },
  series: Series[],
): Promise<string> {
  // both are ES modules
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const values = series.flatMap(({ name, points }) => points.map((p) => ({ ...p, name })));
  const { spec } = compile({
    ...{ title, width: 560, height: 280, background: 'white' },
    config: { legend: { labelLimit: 400 } },
    data: { values },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: axes.x },
      y: {
        ...{ field: 'y', type: 'quantitative', title: axes.y },
        scale: { type: axes.log ? 'log' : 'linear' },
      },
      color: { field: 'name', type: 'nominal', title: null },
    },
  });
  return new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG();
}
