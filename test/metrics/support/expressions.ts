/** The expressions of the dashboard and of the alert rules, and what each asks of a scrape. */
import { parser } from '@prometheus-io/lezer-promql';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

const root = path.join(__dirname, '..', '..', '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

interface Dashboard {
  panels: { title: string; targets?: { expr: string; legendFormat: string }[] }[];
}
interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
}

/** Where it stands, the expression, and the labels that the text beside it shows. */
export type Expression = [where: string, expr: string, shown: string[]];

export function expressions(): Expression[] {
  const dashboard = JSON.parse(read('deploy/grafana/conversation-status.json')) as Dashboard;
  const rules = parse(read('deploy/prometheus/alerts.yml')) as Rules;
  const panels = dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }, nth): Expression => {
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      return [`panel ${title}, ${nth + 1}`, expr, shown];
    }),
  );
  const alerts = rules.groups.flatMap((group) =>
    group.rules.map(({ alert, expr, annotations }): Expression => {
      const text = Object.values(annotations).join(' ');
      return [`alert ${alert}`, expr, [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label)];
    }),
  );
  return [...panels, ...alerts];
}

export interface Selector {
  name: string;
  /** label, operator, value */
  matchers: [label: string, operator: string, value: string][];
}

const METRIC = /\b((?:conversations|temporal|nodejs|process)_\w+)(?:\{([^}]*)\})?/g;

/** The series that it reads. @throws where it reads none */
export function selectorsOf(expr: string): Selector[] {
  const found = [...expr.matchAll(METRIC)].map(([, name = '', inner = '']) => ({
    name,
    matchers: [...inner.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
      ([, label = '', operator = '', value = '']): Selector['matchers'][number] => [label, operator, value],
    ),
  }));
  if (found.length === 0) throw new Error(`${expr} reads nothing of ours`);
  return found;
}

/** The labels that it groups by. */
export function groupedBy(expr: string): string[] {
  return [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(/,\s*/));
}

/** Where Prometheus' own grammar does not understand it; empty where it does. Grafana's variables are filled in first. */
export function mistakes(expr: string): string[] {
  const text = expr.replaceAll('$__rate_interval', '1m');
  const found: string[] = [];
  parser.parse(text).iterate({
    enter: ({ type, from }) => {
      if (type.isError) found.push(text.slice(from));
    },
  });
  return found;
}
