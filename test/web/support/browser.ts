/** A real browser, without a window. */
import { existsSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const PLACES = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const chromiumPath = PLACES.find((place) => place !== '' && existsSync(place));
export const hasBrowser = chromiumPath !== undefined;

/** Nothing is installed for these tests: without a browser they are left out, and say so. */
export function withBrowser(title: string, tests: () => void): void {
  if (hasBrowser) describe(title, tests);
  else describe.skip(`${title} (left out: no Chromium here; set CHROMIUM to its path)`, tests);
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
}

export class Tab {
  /** What the browser complained about: errors of scripts, breaches of the policy. It also logs each answer that is an error. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
  ) {
    page.on('pageerror', (error) => this.complaints.push(error.stack ?? error.message));
    page.on('console', (message) => {
      const isOfScripts = !message.text().startsWith('Failed to load resource');
      if (isOfScripts && ['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) this.complaints.push(`asked another host: ${request.url()}`);
    });
  }

  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Tab> {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 860 },
      locale: 'en-GB',
      colorScheme: 'light',
      ...options,
    });
    context.setDefaultTimeout(15_000);
    return new Tab(await context.newPage(), url);
  }

  /** @param query what the page shall show */
  async signedIn(key: string, query: Record<string, string> = {}): Promise<this> {
    await this.page.goto(`${this.url}/ops?${new URLSearchParams(query).toString()}`);
    await this.page.getByLabel('API key').fill(key);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    return this;
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What somebody with a screen reader, without a mouse or with weak eyes would trip over. */
export async function barriersOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
  }>('axe.run(document, { resultTypes: ["violations"] })');
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}\n${failureSummary}`),
  );
}
