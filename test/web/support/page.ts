/** The page of a service that decides, in a real browser. */
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { World } from '../../webhooks/support/world';
import { barriersOf, launch, Tab, withBrowser } from './browser';

export interface Given {
  world: World;
  /** The page as somebody with that key sees it; by default with every scope, at inbox `support`. */
  open: (query?: Record<string, string>, key?: string) => Promise<Page>;
}

/** Where days and hours are not those of UTC. */
export const TIME_ZONE = 'Asia/Kathmandu';

/** After each test the tab is closed, and the browser must not have complained. */
export function withPage(title: string, tests: (given: Given) => void): void {
  withBrowser(title, () => {
    const given = {} as Given;
    let browser: Browser;
    let tab: Tab | undefined;
    given.open = async (query = {}, key = given.world.api.key) => {
      tab = await Tab.open(browser, given.world.api.url, { timezoneId: TIME_ZONE });
      await tab.signedIn(key, { inbox: 'support', ...query });
      return tab.page;
    };
    beforeAll(async () => {
      [given.world, browser] = await Promise.all([World.start(), launch()]);
    });
    afterAll(async () => {
      await browser?.close();
      await given.world?.stop();
    });
    afterEach(async () => {
      await tab?.close();
      expect(tab?.complaints).toEqual([]);
    });
    tests(given);
  });
}

/** In both colours nobody is kept out, and on a phone nothing is cut off. */
export async function suitsEverybody(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await barriersOf(page)).toEqual([]);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  expect(await barriersOf(page)).toEqual([]);
}

/** Where a picture for the docs is kept. */
export const picture = (name: string) =>
  path.join(__dirname, '..', '..', '..', 'docs', 'pictures', `${name}.png`);
